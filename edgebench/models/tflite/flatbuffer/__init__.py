"""The file itself: open, check and write its flatbuffer."""
