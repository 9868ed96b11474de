"""From an int8 .tflite to firmware that answers, in the order of the sub-packages.

`reading` turns the file into `layers`, `planning` removes dead channels and places activations in
the arena, `engines` packs layers for the processor, `emitting` writes C, `building` compiles it
with ``firmware_host/`` into a program, an image or a project, `running` flashes or emulates the
image.
"""
