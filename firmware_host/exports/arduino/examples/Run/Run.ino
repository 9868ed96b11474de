// Runs the network once a second on an input of zeros, and prints how long it took.
#include <@NAME@.h>

ALIGNED_4 static int8_t input[MODEL_INPUT_BYTES];
ALIGNED_4 static int8_t output[MODEL_OUTPUT_BYTES];

void setup() {
  Serial.begin(115200);
}

void loop() {
  unsigned long began_us = micros();
  model_invoke(input, output);
  unsigned long took_us = micros() - began_us;
  Serial.print(MODEL_NAME);
  Serial.print(": ");
  Serial.print(took_us);
  Serial.print(" us, first output ");
  Serial.println(((const MODEL_OUTPUT_TYPE *)(const void *)output)[0]);
  delay(1000);
}
