/* A plug-in for QEMU: how often each block of one function, and of all that it calls, is executed.
 *
 * Each time the function returns, a file is written, one line per block and place in the function
 * that called for it:
 *
 *   site block_address instructions times taken code_misses reads data_misses
 *
 * "taken": how often the block after it was another than the next in memory. "reads" are loads from
 * the flash; misses are of two caches, of instructions and of constants, which replace the line
 * that was used longest ago (0 lines: none is simulated).
 *
 * Arguments, as name=value: out, begin, end (of the function), flash, flash_end (hexadecimal),
 * line_bytes, code_lines, data_lines (decimal).
 *
 * QEMU's interface for plug-ins is declared here as its documentation describes it, since no
 * package of Debian has a header. Nothing is used that has changed since its first version, but
 * QEMU 9 and newer refuse plug-ins that say so: see choose_version.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_VERSION 1
#define SCOREBOARD_VERSION 2
#define EXPORTED __attribute__((visibility("default")))
#define MOST_LINES 4096U
#define BUCKETS 4096U
#define NO_REGISTERS 0
/* All: QEMU 7.2 takes a wish for loads for one for stores. */
#define READS_AND_WRITES 3

struct qemu_plugin_tb;
struct qemu_plugin_insn;

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                           void (*callback)(uint64_t id,
                                                            struct qemu_plugin_tb *block));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block,
                                          void (*callback)(unsigned int cpu, void *data), int flags,
                                          void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *instruction,
                                      void (*callback)(unsigned int cpu, uint32_t info,
                                                       uint64_t address, void *data),
                                      int flags, int accesses, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
bool qemu_plugin_mem_is_store(uint32_t info);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

extern EXPORTED int qemu_plugin_version;
int qemu_plugin_version = FIRST_VERSION;
EXPORTED int qemu_plugin_install(uint64_t id, const void *about, int count, char **arguments);

/* Came with version 2 of the interface, in QEMU 9, which takes no older version. */
extern void *qemu_plugin_scoreboard_new(size_t size) __attribute__((weak));

/* Runs when the plug-in is loaded, before QEMU reads its version. */
__attribute__((constructor)) static void choose_version(void)
{
    if (qemu_plugin_scoreboard_new != NULL) {
        qemu_plugin_version = SCOREBOARD_VERSION;
    }
}

/* What one block did for one site. */
struct counts {
    struct counts *next;
    uint64_t site;
    uint64_t times;
    uint64_t taken;
    uint64_t code_misses;
    uint64_t reads;
    uint64_t data_misses;
};

struct block {
    struct block *next;
    uint64_t begin;
    uint64_t end;
    size_t instructions;
    struct counts *counts;
};

/* Lines, the one that was used last first. */
struct cache {
    uint64_t lines[MOST_LINES];
    uint32_t size;
    uint32_t used;
};

static struct block *blocks[BUCKETS];
static struct cache code;
static struct cache data;
static const char *out = "block_counts.txt";
static uint64_t function_begin;
static uint64_t function_end;
static uint64_t flash_begin;
static uint64_t flash_end;
static uint64_t line_bytes = 32U;

static bool is_inside;
static uint64_t returns_to;
static uint64_t last_end;
static uint64_t site;
static struct counts *last;

static void *allocated(size_t size)
{
    void *memory = calloc(1U, size);
    if (memory == NULL) {
        (void)fprintf(stderr, "block counts: no memory\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static bool misses(struct cache *cache, uint64_t line)
{
    uint32_t place = 0U;
    bool missed = false;
    while ((place < cache->used) && (cache->lines[place] != line)) {
        place++;
    }
    if (place == cache->used) {
        missed = true;
        if (cache->used < cache->size) {
            cache->used++;
        } else {
            place--;
        }
    }
    if (place > 0U) {
        (void)memmove(&cache->lines[1], &cache->lines[0], place * sizeof(cache->lines[0]));
    }
    cache->lines[0] = line;
    return missed;
}

static bool is_flash(uint64_t address)
{
    return (address >= flash_begin) && (address < flash_end);
}

static struct counts *counts_of(struct block *block)
{
    struct counts *found = block->counts;
    if ((found != NULL) && (found->site == site)) {
        return found;
    }
    while ((found != NULL) && (found->site != site)) {
        found = found->next;
    }
    if (found == NULL) {
        found = allocated(sizeof(*found));
        found->site = site;
        found->next = block->counts;
        block->counts = found;
    }
    return found;
}

static void forget(void)
{
    for (uint32_t bucket = 0U; bucket < BUCKETS; bucket++) {
        for (struct block *block = blocks[bucket]; block != NULL; block = block->next) {
            struct counts *next = block->counts;
            block->counts = NULL;
            while (next != NULL) {
                struct counts *gone = next;
                next = next->next;
                free(gone);
            }
        }
    }
    last = NULL;
}

static void write_counts(void)
{
    FILE *file = fopen(out, "w");
    if (file == NULL) {
        (void)fprintf(stderr, "block counts: %s can't be written\n", out);
        exit(EXIT_FAILURE);
    }
    for (uint32_t bucket = 0U; bucket < BUCKETS; bucket++) {
        for (const struct block *block = blocks[bucket]; block != NULL; block = block->next) {
            for (const struct counts *each = block->counts; each != NULL; each = each->next) {
                (void)fprintf(file,
                              "%" PRIx64 " %" PRIx64 " %zu %" PRIu64 " %" PRIu64 " %" PRIu64
                              " %" PRIu64 " %" PRIu64 "\n",
                              each->site, block->begin, block->instructions, each->times,
                              each->taken, each->code_misses, each->reads, each->data_misses);
            }
        }
    }
    if ((fprintf(file, "end\n") < 0) || (fclose(file) != 0)) {
        (void)fprintf(stderr, "block counts: %s can't be written\n", out);
        exit(EXIT_FAILURE);
    }
}

static void fetch(const struct block *block, struct counts *counts)
{
    if ((code.size > 0U) && is_flash(block->begin)) {
        uint64_t line = block->begin / line_bytes;
        for (; (line * line_bytes) < block->end; line++) {
            counts->code_misses += misses(&code, line) ? 1U : 0U;
        }
    }
}

static void executed(unsigned int cpu, void *pointer)
{
    struct block *block = pointer;
    (void)cpu;
    if (!is_inside) {
        if (block->begin != function_begin) {
            last_end = block->end;
            return;
        }
        forget();
        is_inside = true;
        returns_to = last_end;
    } else if (block->begin == returns_to) {
        is_inside = false;
        last_end = block->end;
        write_counts();
        return;
    }
    if ((last != NULL) && (block->begin != last_end)) {
        last->taken++;
    }
    if ((block->begin >= function_begin) && (block->begin < function_end)) {
        site = block->end;
    }
    last = counts_of(block);
    last->times++;
    last_end = block->end;
    fetch(block, last);
}

static void accessed(unsigned int cpu, uint32_t info, uint64_t address, void *unused)
{
    (void)cpu;
    (void)unused;
    if (is_inside && (last != NULL) && is_flash(address) && !qemu_plugin_mem_is_store(info)) {
        last->reads++;
        if (data.size > 0U) {
            last->data_misses += misses(&data, address / line_bytes) ? 1U : 0U;
        }
    }
}

static void translated(uint64_t id, struct qemu_plugin_tb *translation)
{
    size_t count = qemu_plugin_tb_n_insns(translation);
    uint64_t begin = qemu_plugin_tb_vaddr(translation);
    const struct qemu_plugin_insn *end = qemu_plugin_tb_get_insn(translation, count - 1U);
    struct block **bucket = &blocks[(begin / 2U) % BUCKETS];
    struct block *block = *bucket;
    (void)id;
    while ((block != NULL) && ((block->begin != begin) || (block->instructions != count))) {
        block = block->next;
    }
    if (block == NULL) {
        block = allocated(sizeof(*block));
        block->begin = begin;
        block->end = qemu_plugin_insn_vaddr(end) + qemu_plugin_insn_size(end);
        block->instructions = count;
        block->next = *bucket;
        *bucket = block;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(translation, executed, NO_REGISTERS, block);
    for (size_t index = 0U; index < count; index++) {
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(translation, index), accessed,
                                         NO_REGISTERS, READS_AND_WRITES, NULL);
    }
}

static bool take(const char *argument)
{
    const char *value = strchr(argument, '=');
    size_t length = (value == NULL) ? 0U : (size_t)(value - argument);
    const struct {
        const char *name;
        uint64_t *number;
        int base;
    } numbers[] = {
        {"begin", &function_begin, 16},  {"end", &function_end, 16},
        {"flash", &flash_begin, 16},     {"flash_end", &flash_end, 16},
        {"line_bytes", &line_bytes, 10},
    };
    const struct {
        const char *name;
        struct cache *cache;
    } caches[] = {{"code_lines", &code}, {"data_lines", &data}};
    if (length == 0U) {
        return false;
    }
    value++;
    if ((length == 3U) && (strncmp(argument, "out", length) == 0)) {
        out = value;
        return true;
    }
    for (size_t index = 0U; index < (sizeof(numbers) / sizeof(numbers[0])); index++) {
        if ((strlen(numbers[index].name) == length) &&
            (strncmp(argument, numbers[index].name, length) == 0)) {
            *numbers[index].number = strtoull(value, NULL, numbers[index].base);
            return true;
        }
    }
    for (size_t index = 0U; index < (sizeof(caches) / sizeof(caches[0])); index++) {
        if ((strlen(caches[index].name) == length) &&
            (strncmp(argument, caches[index].name, length) == 0)) {
            uint64_t lines = strtoull(value, NULL, 10);
            caches[index].cache->size = (lines < MOST_LINES) ? (uint32_t)lines : MOST_LINES;
            return true;
        }
    }
    return false;
}

int qemu_plugin_install(uint64_t id, const void *about, int count, char **arguments)
{
    (void)about;
    for (int index = 0; index < count; index++) {
        if (!take(arguments[index])) {
            (void)fprintf(stderr, "block counts: %s is not understood\n", arguments[index]);
            return -1;
        }
    }
    if ((function_begin == 0U) || (line_bytes == 0U)) {
        (void)fprintf(stderr, "block counts: which function?\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
