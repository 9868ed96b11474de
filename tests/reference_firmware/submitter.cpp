/* What MLPerf Tiny's reference protocol code asks of a submitter, on this machine: bytes from
 * standard input, answers to standard output, a generated network in place of TFLM.
 *
 * TASK_BYTES, TASK_PIXELS or TASK_SCORE says what a task takes: a model's own int8, pixels as uint8,
 * or float32 with one score as its result.
 */
#include "api/submitter_implemented.h"

#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <unistd.h>

#include "api/internally_implemented.h"

extern "C" {
#include "eb_model.h"
}

alignas(4) static int8_t input[EB_MODEL_INPUT_BYTES];
alignas(4) static int8_t output[EB_MODEL_OUTPUT_BYTES];
static int control = -1;

static unsigned long long now_us() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000ULL + now.tv_nsec / 1000U;
}

static void refuse_size(size_t came, size_t wanted) {
  th_printf("Input db has %d elemented, expected %d\n", static_cast<int>(came),
            static_cast<int>(wanted));
}

#if defined(TASK_SCORE)
static float real_input[EB_MODEL_INPUT_BYTES];

void th_load_tensor() {
  size_t bytes = ee_get_buffer(reinterpret_cast<uint8_t *>(real_input), sizeof(real_input));
  if (bytes != sizeof(real_input)) {
    refuse_size(bytes / sizeof(float), EB_MODEL_INPUT_BYTES);
    return;
  }
  for (size_t i = 0; i < EB_MODEL_INPUT_BYTES; i++) {
    long steps = std::lround(real_input[i] / INPUT_SCALE) + INPUT_ZERO_POINT;
    input[i] = static_cast<int8_t>(steps < -128 ? -128 : steps > 127 ? 127 : steps);
  }
}
#else
void th_load_tensor() {
  size_t bytes = ee_get_buffer(reinterpret_cast<uint8_t *>(input), sizeof(input));
  if (bytes != sizeof(input)) {
    refuse_size(bytes, sizeof(input));
    return;
  }
#if defined(TASK_PIXELS)
  for (size_t i = 0; i < sizeof(input); i++) {
    input[i] = static_cast<int8_t>(static_cast<uint8_t>(input[i]) - 128);
  }
#endif
}
#endif

static float real_output(size_t i) {
  return (output[i] - (EB_MODEL_OUTPUT_ZERO_POINT)) * static_cast<float>(EB_MODEL_OUTPUT_SCALE);
}

void th_results() {
#if defined(TASK_SCORE)
  float sum = 0;
  for (size_t i = 0; i < EB_MODEL_OUTPUT_BYTES; i++) {
    float off = real_output(i) - real_input[i];
    sum += off * off;
  }
  th_printf("m-results-[%0.3f]\r\n", static_cast<double>(sum / EB_MODEL_OUTPUT_BYTES));
#else
  th_printf("m-results-[");
  for (size_t i = 0; i < EB_MODEL_OUTPUT_BYTES; i++) {
    /* As the reference code of vww01, whose list ends with a comma. */
    bool is_last = i + 1 == EB_MODEL_OUTPUT_BYTES;
    th_printf(is_last && EB_MODEL_OUTPUT_BYTES != 2 ? "%0.3f" : "%0.3f,",
              static_cast<double>(real_output(i)));
  }
  th_printf("]\r\n");
#endif
}

void th_infer() { eb_model_invoke(input, output); }

void th_timestamp(void) {
#if EE_CFG_ENERGY_MODE == 1
  if (control >= 0) {
    dprintf(control, "mark %llu\n", now_us());
  }
#else
  th_printf(EE_MSG_TIMESTAMP, static_cast<unsigned long>(now_us() & 0xFFFFFFFFU));
#endif
}

void th_printf(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
}

void th_timestamp_initialize(void) {
  th_printf(EE_MSG_TIMESTAMP_MODE);
  th_timestamp();
}

void th_serialport_initialize(void) {}
void th_final_initialize(void) {}
void th_pre() {}
void th_post() {}

void th_command_ready(char volatile *command) {
  ee_serial_command_parser_callback(const_cast<char *>(command));
}

size_t th_strnlen(const char *text, size_t most) { return strnlen(text, most); }

int main(int count, char **words) {
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::strcmp(words[i], "--control") == 0) {
      control = std::atoi(words[i + 1]);
    }
  }
  ee_benchmark_initialize();
  std::fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) == 1) {
    ee_serial_callback(byte);
    std::fflush(stdout);
  }
}
