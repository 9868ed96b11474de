/* For sketches, which are C++. */
#ifndef EDGEBENCH_@NAME@_H
#define EDGEBENCH_@NAME@_H

#ifdef __cplusplus
extern "C" {
#endif
#include "align.h"
#include "model.h"
#ifdef __cplusplus
}
#endif

#endif
