// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * Calls of the C library on 64-bit Linux, with its numbers. Touch only behind {@link Descriptors#AVAILABLE}: without JNA
 * the class does not load. A result below 0 is a failure whose number is {@link #error()}.
 */
final class NativeFile {
    static final int READ = 0;
    static final int READ_WRITE = 2;
    static final int EXCLUSIVE = 0x80;
    static final int CLOSE_ON_EXEC = 0x80000;
    static final int PATH_ONLY = 0x200000;

    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;

    static final int KEEP_SIZE = 1;
    static final int PUNCH_HOLE = 2;

    static final int EINTR = 4;
    static final int ENXIO = 6;
    static final int EBUSY = 16;
    static final int EFBIG = 27;
    static final int ENOSPC = 28;
    static final int EDQUOT = 122;

    static final int EMPTY_PATH = 0x1000;
    static final int BLOCKS = 0x400;
    static final int STATX_BYTES = 256;
    static final int STATX_BLOCKS = 0x30; // u64, units of 512 bytes

    static {
        Native.register(NativeFile.class, NativeLibrary.getProcess());
    }

    private NativeFile() {}

    static int error() {
        return Native.getLastError();
    }

    static native int open(byte[] path, int flags, int mode);

    static native int close(int descriptor);

    static native long lseek(int descriptor, long offset, int whence);

    static native int fallocate(int descriptor, int mode, long offset, long length);

    static native long copy_file_range(int in, long[] inOffset, int out, long[] outOffset, long length, int flags);

    static native int statx(int folder, byte[] path, int flags, int mask, byte[] result);
}
