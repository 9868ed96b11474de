/* What an engine of others may need of a board: its C++ constructors run before main (the linker
 * sends calls of main here), an end without an operating system, and a heap of a fixed size. */
#include <stddef.h>
#include <stdint.h>

typedef void (*eb_constructor)(void);

extern const eb_constructor eb_constructors_begin[];
extern const eb_constructor eb_constructors_end[];

int __real_main(void);
int __wrap_main(void);

int __wrap_main(void)
{
    for (const eb_constructor *each = eb_constructors_begin; each < eb_constructors_end; each++) {
        (*each)();
    }
    return __real_main();
}

/* The library's raises a signal, for which it takes memory of a heap. */
void abort(void);

void abort(void)
{
    for (;;) {
    }
}

#if EB_ENGINE_HEAP_BYTES > 0

void *_sbrk(ptrdiff_t increment);

void *_sbrk(ptrdiff_t increment)
{
    static uint64_t heap[(EB_ENGINE_HEAP_BYTES + 7) / 8];
    static size_t used;
    size_t before = used;
    if (increment > (ptrdiff_t)(sizeof(heap) - used) || increment < -(ptrdiff_t)used) {
        return (void *)(uintptr_t)UINTPTR_MAX;
    }
    used = (size_t)((ptrdiff_t)used + increment);
    return (uint8_t *)heap + before;
}

#endif
