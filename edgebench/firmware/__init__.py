"""From an int8 .tflite to firmware that answers, in the order of the sub-packages.

`reading` turns the file into `layers`, `engines` packs them for the processor, `planning` places
them in the arena, `emitting` writes C, `building` compiles it with ``firmware_host/`` into a
program, an image or a project, `running` flashes or emulates the image.
"""
