// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import org.platter.container.storage.host.HostFailure;
import org.platter.container.storage.host.LockHolder;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The lock of one file against other writers, held for all writers of this process together. Guarded by the monitor of
 * its {@link SharedFile}, but for {@link #verify()}.
 *
 * <p>Why one for the whole process: the host's lock belongs to the process, so a second one of the same process would neither
 * be refused nor count, and closing any channel of the file would drop both. Writers of this process are told apart by
 * counting. Why a lost lock is remembered: between losing it and having it again somebody else may have written, and what
 * the writers know of the file may be wrong.
 */
final class WriteLock {
    /** Where locks are binding, locked bytes cannot be read by others either, so there the lock is beside the data. */
    private static final boolean BINDING = System.getProperty("os.name", "").startsWith("Windows");

    private FileLock lock;
    private int writers;
    private boolean shared;
    private volatile String lost;

    /** Refuses what the writers of this process do not allow. */
    void permit(Path path, FileAccess access) throws DiskException {
        if (access.writes() && writers > 0 && !(shared && access == FileAccess.WRITE_SHARED)) {
            throw locked(path, "this process has it open for writing");
        }
    }

    /** Counts one more writer, and takes the lock for the first. */
    void add(Path path, FileAccess access, FileChannel channel) throws IOException {
        if (writers == 0) {
            shared = access == FileAccess.WRITE_SHARED;
            lock = take(channel);
            if (lock == null) {
                throw locked(path, LockHolder.of(path) + " has it locked");
            }
        }
        writers++;
    }

    /** Counts one writer less, and lets go of the lock after the last. */
    void remove() throws IOException {
        if (--writers == 0) {
            lost = null;
            drop();
        }
    }

    /** The host's lock, or null if another process has it. */
    private FileLock take(FileChannel channel) throws IOException {
        try {
            return BINDING
                    ? channel.tryLock(Long.MAX_VALUE - 1, 1, shared)
                    : channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) {
            return null; // somebody in this process who does not go through Platter
        }
    }

    private void drop() throws IOException {
        FileLock old = lock;
        lock = null;
        if (old != null && old.isValid()) {
            try {
                old.release();
            } catch (ClosedChannelException e) {
                return; // went with the channel
            }
        }
    }

    /** Takes the lock again after a channel of the file was closed, which drops the host's lock. */
    void renew(Path path, FileChannel channel) throws IOException {
        if (writers == 0 || lost != null) {
            return;
        }
        try {
            drop();
            lock = take(channel);
        } catch (IOException e) {
            lose(HostFailure.shown(path) + ": the lock was lost and cannot be had again");
            throw e;
        }
        if (lock == null) {
            lose(HostFailure.shown(path) + ": the lock was lost to " + LockHolder.of(path));
        }
    }

    /** From now on writers fail: somebody else may have changed the file. */
    void lose(String reason) {
        if (writers > 0 && lost == null) {
            lost = reason;
        }
    }

    /** Fails if the writers have lost the lock. */
    void verify() throws DiskException {
        String reason = lost;
        if (reason != null) {
            throw new DiskException(ErrorCode.LOCKED, reason);
        }
    }

    private static DiskException locked(Path path, String why) {
        return new DiskException(ErrorCode.LOCKED, HostFailure.shown(path) + ": is in use: " + why);
    }
}
