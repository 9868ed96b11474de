/* The firmware as a program: standard input and output are the serial line.
 *
 * usage: firmware [--control FD] [--audio PATH] [--audio-in-real-time PATH] [--clock-start US]
 *        [--clock-scale PERCENT] [--clock-back-after US]
 *
 * Lines "baud N" and "mark US" (of the machine's clock) go to the file descriptor FD: whoever plays
 * the wire reads them. Audio: audio_host.h. The clock's options are for tests of the host: a clock
 * that wraps, is slow, or runs backwards.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audio_host.h"
#include "eb_device.h"
#include "eb_port.h"

#define IDLE_MS 50
#define FASTEST_BAUD 4000000U

const char eb_port_name[] = "edgebench-host";

static uint8_t waiting[4096];
static uint32_t waiting_first;
static uint32_t waiting_end;
static uint8_t written[4096];
static uint32_t written_count;

static int control = -1;
static const char *audio;
static bool audio_is_paced;
static uint32_t clock_start_us;
static uint32_t clock_percent = 100U;
static uint64_t clock_back_after_us = UINT64_MAX;
static uint64_t first_us;

uint64_t eb_machine_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * 1000000U) + ((uint64_t)now.tv_nsec / 1000U);
}

void eb_port_init(void)
{
    first_us = eb_machine_us();
    if (audio != NULL) {
        eb_audio_open(audio, audio_is_paced, control);
    }
}

int32_t eb_port_read(void)
{
    int32_t byte = -1;
    if (waiting_first == waiting_end) {
        struct pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {eb_audio_descriptor(), POLLIN, 0}};
        ssize_t count;
        int ready = poll(sources, 2, eb_audio_patience_ms(IDLE_MS));
        eb_audio_discard();
        if ((ready <= 0) || (sources[0].revents == 0)) {
            return -1;
        }
        count = read(STDIN_FILENO, waiting, sizeof(waiting));
        if (count <= 0) {
            exit(EXIT_SUCCESS); /* the wire has gone */
        }
        waiting_first = 0U;
        waiting_end = (uint32_t)count;
    }
    byte = (int32_t)waiting[waiting_first];
    waiting_first++;
    return byte;
}

void eb_port_flush(void)
{
    uint32_t sent = 0U;
    while (sent < written_count) {
        ssize_t count = write(STDOUT_FILENO, &written[sent], written_count - sent);
        if (count < 0) {
            exit(EXIT_SUCCESS);
        }
        sent += (uint32_t)count;
    }
    written_count = 0U;
}

void eb_port_write(const uint8_t *bytes, uint32_t count)
{
    uint32_t index;
    for (index = 0U; index < count; index++) {
        if (written_count == sizeof(written)) {
            eb_port_flush();
        }
        written[written_count] = bytes[index];
        written_count++;
    }
}

uint32_t eb_port_time_us(void)
{
    uint64_t passed = eb_machine_us() - first_us;
    uint64_t shown = (passed * clock_percent) / 100U;
    if (passed > clock_back_after_us) {
        shown = clock_back_after_us - ((passed - clock_back_after_us) % clock_back_after_us);
    }
    return (uint32_t)(clock_start_us + shown);
}

bool eb_port_can_baud(uint32_t baud)
{
    return (baud >= 1200U) && (baud <= FASTEST_BAUD);
}

void eb_port_set_baud(uint32_t baud)
{
    if (control >= 0) {
        (void)dprintf(control, "baud %u\n", baud);
    }
}

void eb_port_mark(void)
{
    if (control >= 0) {
        (void)dprintf(control, "mark %llu\n", (unsigned long long)eb_machine_us());
    }
}

static uint64_t number(const char *text)
{
    char *end = NULL;
    uint64_t value;
    errno = 0;
    value = strtoull(text, &end, 10);
    if ((errno != 0) || (end == text) || (*end != '\0')) {
        (void)fprintf(stderr, "%s is no number\n", text);
        exit(EXIT_FAILURE);
    }
    return value;
}

static void take_options(int count, char **words)
{
    int index;
    for (index = 1; index < count; index += 2) {
        const char *value = (index + 1 < count) ? words[index + 1] : "";
        if (strcmp(words[index], "--control") == 0) {
            control = (int)number(value);
        } else if (strcmp(words[index], "--audio") == 0) {
            audio = value;
        } else if (strcmp(words[index], "--audio-in-real-time") == 0) {
            audio = value;
            audio_is_paced = true;
        } else if (strcmp(words[index], "--clock-start") == 0) {
            clock_start_us = (uint32_t)number(value);
        } else if (strcmp(words[index], "--clock-scale") == 0) {
            clock_percent = (uint32_t)number(value);
        } else if (strcmp(words[index], "--clock-back-after") == 0) {
            clock_back_after_us = number(value);
        } else {
            (void)fprintf(stderr, "%s: no such option\n", words[index]);
            exit(EXIT_FAILURE);
        }
    }
}

int main(int count, char **words)
{
    take_options(count, words);
    eb_device_run();
}
