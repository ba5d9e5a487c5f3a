// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage.host;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * Calls of the C library on 64-bit Linux, with its numbers. Touch only behind {@link Descriptors#AVAILABLE}: without JNA
 * the class does not load. A result below 0 is a failure whose number is {@link #error()}.
 */
public final class NativeFile {
    public static final int READ = 0;
    public static final int READ_WRITE = 2;
    public static final int EXCLUSIVE = 0x80;
    public static final int CLOSE_ON_EXEC = 0x80000;
    public static final int PATH_ONLY = 0x200000;

    public static final int SEEK_DATA = 3;
    public static final int SEEK_HOLE = 4;

    public static final int KEEP_SIZE = 1;
    public static final int PUNCH_HOLE = 2;

    public static final int EINTR = 4;
    public static final int ENXIO = 6;
    public static final int EBUSY = 16;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int EDQUOT = 122;

    public static final int EMPTY_PATH = 0x1000;
    public static final int BLOCKS = 0x400;
    public static final int STATX_BYTES = 256;
    public static final int STATX_BLOCKS = 0x30; // u64, units of 512 bytes

    static {
        Native.register(NativeFile.class, NativeLibrary.getProcess());
    }

    private NativeFile() {}

    public static int error() {
        return Native.getLastError();
    }

    public static native int open(byte[] path, int flags, int mode);

    public static native int close(int descriptor);

    public static native long lseek(int descriptor, long offset, int whence);

    public static native int fallocate(int descriptor, int mode, long offset, long length);

    public static native long copy_file_range(
            int in, long[] inOffset, int out, long[] outOffset, long length, int flags);

    public static native int statx(int folder, byte[] path, int flags, int mask, byte[] result);
}
