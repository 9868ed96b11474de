#include "audio_host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "eb_port.h"

#define SAMPLE_BYTES 2U
#define MOST_SAMPLES 512U
#define SAMPLES_PER_MS 16U

static int wire = -1;
static int lines = -1;
static bool is_socket;
static bool is_paced;
static bool is_listening;

static uint8_t bytes[MOST_SAMPLES * SAMPLE_BYTES];
static uint32_t held;     /* bytes of samples that are not given yet */
static uint64_t taken;    /* bytes since the wire was opened, or since a file was started */
static uint64_t heard;    /* samples that were reported */
static uint64_t since_us; /* when the last sample was there, by `worked_us` */
static uint64_t began_us;
static bool is_given; /* whether a frame is being processed */
static bool at_end;   /* whether a file has no more */

/* How long this program has had a processor: what others take of it is no time of the device's. */
static uint64_t worked_us(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return ((uint64_t)used.tv_sec * 1000000U) + ((uint64_t)used.tv_nsec / 1000U);
}

static void fail(const char *path)
{
    (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(EXIT_FAILURE);
}

static void connect_to(const char *path)
{
    struct sockaddr_un address;
    (void)memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        fail(path);
    }
    (void)memcpy(address.sun_path, path, strlen(path));
    wire = socket(AF_UNIX, SOCK_STREAM, 0);
    if ((wire < 0) || (connect(wire, (struct sockaddr *)&address, sizeof(address)) != 0)) {
        fail(path);
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

void eb_audio_open(const char *path, bool in_real_time, int control)
{
    struct stat found;
    if (stat(path, &found) != 0) {
        fail(path);
    }
    is_socket = S_ISSOCK(found.st_mode);
    if (is_socket) {
        connect_to(path);
        lines = wire;
    } else {
        wire = open(path, O_RDONLY | O_CLOEXEC);
        if (wire < 0) {
            fail(path);
        }
        lines = control;
        is_paced = in_real_time;
    }
    since_us = worked_us();
}

int eb_audio_descriptor(void)
{
    return is_socket ? wire : -1;
}

int eb_audio_patience_ms(int otherwise_ms)
{
    int patience_ms = otherwise_ms;
    if (is_given) {
        patience_ms = AUDIO_IS_READY; /* what was processed is reported by the next read */
    } else if (is_listening && !is_socket && !at_end && (wire >= 0)) {
        patience_ms = is_paced ? AUDIO_SOON_MS : AUDIO_IS_READY;
    } else {
        /* it is poll that sees audio come in, or nothing listens or comes */
    }
    return patience_ms;
}

static uint64_t samples_taken(void)
{
    return taken / SAMPLE_BYTES;
}

static void say_heard(void)
{
    if (is_socket && (samples_taken() != heard)) {
        heard = samples_taken();
        (void)dprintf(lines, "heard %llu\n", (unsigned long long)heard);
    }
}

/* Read up to `most` bytes behind those that are held; return whether any came. */
static bool take(uint32_t most)
{
    ssize_t count;
    if ((wire < 0) || (most == 0U)) {
        return false;
    }
    count =
        is_socket ? recv(wire, &bytes[held], most, MSG_DONTWAIT) : read(wire, &bytes[held], most);
    if (count > 0) {
        held += (uint32_t)count;
        taken += (uint64_t)count;
        since_us = worked_us();
        at_end = false;
    } else if (is_socket && ((count == 0) || ((errno != EAGAIN) && (errno != EINTR)))) {
        (void)close(wire); /* the interface board has gone */
        wire = -1;
        lines = -1;
    } else {
        at_end = !is_socket; /* a socket has nothing yet */
    }
    return count > 0;
}

/* Forget whole samples. */
static void keep_half(void)
{
    if ((held % SAMPLE_BYTES) != 0U) {
        bytes[0] = bytes[held - 1U];
    }
    held %= SAMPLE_BYTES;
}

void eb_audio_discard(void)
{
    if (is_socket && !is_listening) {
        while (take((uint32_t)sizeof(bytes) - held)) {
            keep_half();
        }
        say_heard();
    }
}

/* How many of the bytes that are wanted a file may give by now. */
static uint32_t due(uint32_t wanted)
{
    uint64_t played = ((eb_machine_us() - began_us) * SAMPLES_PER_MS / 1000U) * SAMPLE_BYTES;
    uint64_t left = (played > taken) ? (played - taken) : 0U;
    return (!is_paced || (left > wanted)) ? wanted : (uint32_t)left;
}

bool eb_port_audio_start(void)
{
    if (wire < 0) {
        return false;
    }
    if (!is_socket) {
        (void)lseek(wire, 0, SEEK_SET);
        taken = 0U;
        held = 0U;
        at_end = false;
    }
    keep_half();
    is_given = false;
    is_listening = true;
    began_us = eb_machine_us();
    since_us = is_socket ? since_us : worked_us();
    return true;
}

void eb_port_audio_stop(void)
{
    is_listening = false;
    is_given = false;
    keep_half();
    say_heard();
}

bool eb_port_audio_read(int16_t *samples, uint32_t count)
{
    uint32_t wanted = count * SAMPLE_BYTES;
    uint32_t index;
    if (is_given) {
        is_given = false;
        say_heard();
    }
    while ((held < wanted) && take(due(wanted - held))) {
    }
    if (held < wanted) {
        say_heard();
        return false;
    }
    for (index = 0U; index < count; index++) {
        uint32_t low = bytes[SAMPLE_BYTES * index];
        uint32_t high = bytes[(SAMPLE_BYTES * index) + 1U];
        samples[index] = (int16_t)(uint16_t)(low | (high << 8));
    }
    held = 0U;
    is_given = true;
    since_us = worked_us();
    return true;
}

/* Writing a line takes time, which is none of the device's: the clock stands still for it. */
static void say_pin(const char *name, bool is_high)
{
    uint64_t now_us = worked_us();
    if (lines >= 0) {
        (void)dprintf(lines, "pin %s %d %llu %llu\n", name, is_high ? 1 : 0,
                      (unsigned long long)samples_taken(), (unsigned long long)(now_us - since_us));
    }
    since_us += worked_us() - now_us;
}

void eb_port_set_detected(bool is_high)
{
    say_pin("WW_DETECTED", is_high);
}

void eb_port_set_processing(bool is_high)
{
    say_pin("PROCESSING", is_high);
}
