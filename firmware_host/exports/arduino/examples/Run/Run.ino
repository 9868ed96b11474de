// Runs the network once a second on an input of zeros, and prints how long it took.
#include <@name@.h>

@NAME@_ALIGNED static int8_t input[@NAME@_INPUT_BYTES];
@NAME@_ALIGNED static int8_t output[@NAME@_OUTPUT_BYTES];

void setup() {
  Serial.begin(115200);
}

void loop() {
  unsigned long began_us = micros();
  @name@_invoke(input, output);
  unsigned long took_us = micros() - began_us;
  Serial.print(@NAME@_NAME);
  Serial.print(": ");
  Serial.print(took_us);
  Serial.print(" us, first output ");
  Serial.println(((const @NAME@_OUTPUT_TYPE *)(const void *)output)[0]);
  delay(1000);
}
