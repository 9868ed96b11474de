/* Memory that kernels may read whole words of. */
#ifndef EDGEBENCH_ALIGN_H
#define EDGEBENCH_ALIGN_H

/* C99 has no word for it; what is left out here costs speed where a compiler has another one. */
#if defined(__GNUC__)
#define ALIGNED_4 __attribute__((aligned(4)))
#else
#define ALIGNED_4
#endif

#endif
