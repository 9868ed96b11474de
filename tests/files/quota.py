"""A user's disk quota, where none can be set: a library between a program and its system calls."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long used;

static int is_below(const char *path) {
    const char *folder = getenv("QUOTA_FOLDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_used_up(long more) {
    return atomic_fetch_add(&used, more) + more > atol(getenv("QUOTA_BYTES"));
}

static int is_refused(int fd, long more) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!is_below(path) || !is_used_up(more)) return 0;
    errno = EDQUOT;
    return 1;
}

ssize_t write(int fd, const void *data, size_t size) {
    ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    return is_refused(fd, size) ? -1 : next(fd, data, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    ssize_t (*next)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "writev");
    long size = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    return is_refused(fd, size) ? -1 : next(fd, parts, count);
}

int mkdir(const char *path, mode_t mode) {
    int (*next)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
    if (is_below(path) && is_used_up(4096)) {
        errno = EDQUOT;
        return -1;
    }
    return next(path, mode);
}
"""


def quota(made: Path, folder: Path, size_bytes: int) -> Mapping[str, str]:
    """Return the environment of programs each of which may write so much below a folder.

    The kernels that tests run on have seldom any quotas. What a program writes by C's own streams
    is not counted.

    Parameters
    ----------
    made
        Where the library is compiled.
    """
    source, library = made / "quota.c", made / "quota.so"
    source.write_text(SOURCE)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {
        "LD_PRELOAD": str(library),
        "QUOTA_FOLDER": str(folder),
        "QUOTA_BYTES": f"{size_bytes}",
    }
