// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The native descriptors of one file, for what Java cannot ask. Opened when first needed and kept until {@link #close},
 * because closing one drops the process's locks of the file. Safe for use by many threads: calls share a gate that
 * closing takes for itself, so no call meets a number that has come to mean another file. Where the host or JNA cannot
 * help, answers are {@link #UNKNOWN} or false and the caller uses portable means.
 */
public final class Descriptors {
    /** The host cannot tell. */
    public static final long UNKNOWN = -1;

    /** No data or hole comes after the position. */
    public static final long NO_MORE = -2;

    private static final int UNOPENED = -1;
    private static final int NONE = -2;

    private final Object key;
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();
    private volatile int reading = UNOPENED; // set under this monitor
    private volatile int writing = UNOPENED; // set under this monitor
    private volatile boolean closed; // set under this monitor and the gate

    /** Loads JNA, which takes time, when the first question is asked. */
    private static final class Loader {
        static final boolean LOADED = load();

        private static boolean load() {
            String model = System.getProperty("sun.arch.data.model", "64");
            if (!System.getProperty("os.name", "").equals("Linux") || !model.equals("64")) {
                return false;
            }
            boolean interrupted = Thread.interrupted(); // JNA waits for a program at its start and would lose it
            try {
                return NativeFile.error() >= 0;
            } catch (LinkageError e) {
                return false; // no JNA, or none for this machine, or a C library without these calls
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    public Descriptors(Object key) {
        this.key = key;
    }

    public static boolean available() {
        return Loader.LOADED;
    }

    /** The next data or hole, {@link #NO_MORE} or {@link #UNKNOWN}. */
    public long seek(Path path, long position, boolean data) {
        int descriptor = enter(path, false);
        if (descriptor < 0) {
            return UNKNOWN;
        }
        try {
            long found = NativeFile.lseek(descriptor, position, data ? NativeFile.SEEK_DATA : NativeFile.SEEK_HOLE);
            if (found >= 0) {
                return found;
            }
            return NativeFile.error() == NativeFile.ENXIO ? NO_MORE : UNKNOWN;
        } finally {
            leave();
        }
    }

    /** Bytes that the host keeps for the file, or {@link #UNKNOWN}. */
    public long allocated(Path path) {
        int descriptor = enter(path, false);
        if (descriptor < 0) {
            return UNKNOWN;
        }
        try {
            byte[] result = new byte[NativeFile.STATX_BYTES];
            int status = NativeFile.statx(descriptor, new byte[1], NativeFile.EMPTY_PATH, NativeFile.BLOCKS, result);
            ByteBuffer fields = ByteBuffer.wrap(result).order(ByteOrder.nativeOrder());
            return status < 0 ? UNKNOWN : fields.getLong(NativeFile.STATX_BLOCKS) * 512;
        } finally {
            leave();
        }
    }

    /** Makes a hole; true if the range now reads as zeroes. */
    public boolean punch(Path path, long position, long length) {
        return allocate(path, NativeFile.PUNCH_HOLE | NativeFile.KEEP_SIZE, position, length) == 0;
    }

    /** Reserves space; {@code grow} takes the file to the end of the range, else its size stays. False if the host cannot. */
    public boolean reserve(Path path, long position, long length, boolean grow) throws DiskException {
        int error = allocate(path, grow ? 0 : NativeFile.KEEP_SIZE, position, length);
        if (error == NativeFile.ENOSPC || error == NativeFile.EDQUOT || error == NativeFile.EFBIG) {
            throw new DiskException(
                    ErrorCode.DISK_FULL,
                    HostFailure.shown(path) + ": cannot reserve " + length + " bytes at " + position
                            + ": no space left");
        }
        return error == 0;
    }

    /** 0, the host's error, or {@link #NONE} without a descriptor. */
    private int allocate(Path path, int mode, long position, long length) {
        int descriptor = enter(path, true);
        if (descriptor < 0) {
            return NONE;
        }
        try {
            while (NativeFile.fallocate(descriptor, mode, position, length) != 0) {
                int error = NativeFile.error();
                if (error != NativeFile.EINTR) {
                    return error;
                }
            }
            return 0;
        } finally {
            leave();
        }
    }

    /**
     * Copies inside the host, by reference where the file system can. Gives how many bytes from the front were copied;
     * the rest, and what is wrong with it, is for the caller to find out.
     */
    public long copy(Path path, long position, long length, Descriptors target, Path targetPath, long targetPosition) {
        int in = enter(path, false);
        if (in < 0) {
            return 0;
        }
        try {
            int out = target.enter(targetPath, true);
            if (out < 0) {
                return 0;
            }
            try {
                return copy(in, position, length, out, targetPosition);
            } finally {
                target.leave();
            }
        } finally {
            leave();
        }
    }

    private static long copy(int in, long position, long length, int out, long targetPosition) {
        long[] from = new long[1];
        long[] to = new long[1];
        long done = 0;
        while (done < length) {
            from[0] = position + done;
            to[0] = targetPosition + done;
            long copied = NativeFile.copy_file_range(in, from, out, to, length - done, 0);
            if (copied > 0) {
                done += copied;
            } else if (copied == 0 || NativeFile.error() != NativeFile.EINTR) {
                break;
            }
        }
        return done;
    }

    /** Claims a device for this process, as mounting does; fails if it is mounted or claimed otherwise. */
    public synchronized void claim(Path path) throws DiskException {
        if (writing == UNOPENED && available()) {
            int opened = open(path, NativeFile.READ_WRITE | NativeFile.EXCLUSIVE);
            if (opened == -NativeFile.EBUSY) {
                throw new DiskException(
                        ErrorCode.LOCKED,
                        HostFailure.shown(path) + ": is in use by the host: mounted, or part of another device");
            }
            writing = opened < 0 ? NONE : opened;
        }
    }

    /** A descriptor that stays valid until {@link #leave}, or a negative number and nothing to leave. */
    private int enter(Path path, boolean write) {
        if (!available()) {
            return NONE;
        }
        int descriptor = write ? writing : reading;
        if (descriptor == UNOPENED) {
            descriptor = openOnce(path, write);
        }
        if (descriptor < 0 || !gate.readLock().tryLock()) { // never waits, so that two gates cannot deadlock
            return NONE;
        }
        if (closed) {
            leave();
            return NONE;
        }
        return descriptor;
    }

    private void leave() {
        gate.readLock().unlock();
    }

    private synchronized int openOnce(Path path, boolean write) {
        int known = write ? writing : reading;
        if (known != UNOPENED || closed) {
            return closed ? NONE : known;
        }
        int opened = Math.max(NONE, open(path, write ? NativeFile.READ_WRITE : NativeFile.READ));
        if (write) {
            writing = opened;
        } else {
            reading = opened;
        }
        return opened;
    }

    /**
     * Opens the very file of the key, or gives a host's error as a negative number. What a path leads to may have
     * changed, and closing a wrong descriptor would drop the locks of that other file; a handle of the path alone does
     * not, and names the file from then on.
     */
    private int open(Path path, int flags) {
        Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        int place = open(path.toString().getBytes(charset), NativeFile.PATH_ONLY);
        if (place < 0) {
            return NONE;
        }
        try {
            String self = "/proc/self/fd/" + place;
            return FileKind.of(Path.of(self)).key().equals(key) ? open(self.getBytes(charset), flags) : NONE;
        } catch (IOException e) {
            return NONE;
        } finally {
            NativeFile.close(place);
        }
    }

    private static int open(byte[] path, int flags) {
        byte[] terminated = Arrays.copyOf(path, path.length + 1);
        while (true) {
            int descriptor = NativeFile.open(terminated, flags | NativeFile.CLOSE_ON_EXEC, 0);
            if (descriptor >= 0) {
                return descriptor;
            }
            int error = NativeFile.error();
            if (error != NativeFile.EINTR) {
                return -error;
            }
        }
    }

    /** Waits for calls under way and closes the descriptors; only when nobody in the process uses the file any more. */
    public synchronized void close() {
        gate.writeLock().lock();
        try {
            closed = true;
            if (reading >= 0) {
                NativeFile.close(reading);
            }
            if (writing >= 0) {
                NativeFile.close(writing);
            }
            reading = NONE;
            writing = NONE;
        } finally {
            gate.writeLock().unlock();
        }
    }
}
