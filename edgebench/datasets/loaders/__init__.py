"""One loader a file format. Each is ``load(path, encoding) -> Dataset``.

What lies in the files is untrusted: nothing is unpickled, no path leaves the folder.
"""
