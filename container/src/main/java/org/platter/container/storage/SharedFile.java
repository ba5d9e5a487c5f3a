// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.platter.container.storage.host.Descriptors;
import org.platter.container.storage.host.FileKind;
import org.platter.container.storage.host.HostFailure;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * One file that somebody in this process has open: its channel, its lock and who uses them. Closing any channel of a
 * file drops all locks that the process has on it, so whatever was opened stays open until the last user leaves. Lives
 * from the first use to the last; methods return empty or false once it is over, and the caller starts anew. The monitor
 * guards all fields that are not final or volatile; transfers do not take it.
 */
final class SharedFile {
    private final Object key;
    private final boolean device;
    private final Descriptors descriptors;
    private final Growth growth = new Growth();
    private final WriteLock lock = new WriteLock();
    private final ReentrantLock largeWrites = new ReentrantLock();
    private final AtomicBoolean folderChanged = new AtomicBoolean();
    private final Set<FileStorage> users = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<FileChannel> channels = Collections.newSetFromMap(new IdentityHashMap<>());
    private volatile FileChannel channel;
    private volatile IOException flushFailure;
    private boolean writable;
    private boolean closed;

    SharedFile(Object key, boolean device) {
        this.key = key;
        this.device = device;
        descriptors = new Descriptors(key);
    }

    boolean device() {
        return device;
    }

    Descriptors descriptors() {
        return descriptors;
    }

    Growth growth() {
        return growth;
    }

    /**
     * Held during a large write or copy. Linux lets one thread at a time write to a file, and those that wait for it keep their
     * processors busy; here they sleep.
     */
    ReentrantLock largeWrites() {
        return largeWrites;
    }

    /** Gives a storage of the file; {@code made} is the channel of a file that was just made, else null. */
    synchronized Optional<FileStorage> attach(Path path, FileAccess access, FileChannel made) throws IOException {
        if (closed) {
            return Optional.empty();
        }
        try {
            lock.permit(path, access);
            folderChanged.compareAndSet(false, made != null);
            provideChannel(path, access.writes(), made);
            if (access.writes()) {
                if (device) {
                    descriptors.claim(path);
                }
                growth.reached(Files.size(path));
                lock(path, access);
            }
            FileStorage storage = new FileStorage(this, path, access.writes());
            users.add(storage);
            return Optional.of(storage);
        } finally {
            closeIfUnused();
        }
    }

    /** One user less; the lock goes with the last writer, everything else with the last user. */
    synchronized void detach(FileStorage storage) throws IOException {
        if (users.remove(storage)) {
            try {
                if (!storage.readOnly()) {
                    lock.remove();
                }
            } finally {
                closeIfUnused();
            }
        }
    }

    /** A channel that can do what is wanted: the present one, or one more beside it, for closing one would drop the lock. */
    private void provideChannel(Path path, boolean write, FileChannel made) throws IOException {
        if (made != null) {
            adopt(made, true);
        } else if (channel == null || write && !writable) {
            adopt(open(path, write), write);
        } else if (!channel.isOpen()) {
            mend(channel);
        }
    }

    /** Takes the lock; an interrupt of a reader may close the channel at that very moment, then with a fresh one. */
    private void lock(Path path, FileAccess access) throws IOException {
        while (true) {
            try {
                lock.add(path, access, channel);
                return;
            } catch (ClosedChannelException e) {
                mend(channel); // a reader was interrupted just now
            }
        }
    }

    private void adopt(FileChannel opened, boolean write) {
        channels.add(opened);
        channel = opened;
        writable = write;
    }

    /** Opens the file and looks whether it still is that file: between two looks at a name somebody may have replaced it. */
    private FileChannel open(Path path, boolean write) throws IOException {
        FileChannel opened = write
                ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                : FileChannel.open(path, StandardOpenOption.READ);
        Object found;
        try {
            found = FileKind.of(path).key();
        } catch (IOException e) {
            found = e;
        }
        if (!found.equals(key)) {
            OpenFiles.park(opened);
            throw new FileReplacedException(path);
        }
        return opened;
    }

    /** The channel to use now; it may be closed at any time by an interrupt, see {@link #recover}. */
    FileChannel channel(boolean writer) throws DiskException {
        if (writer) {
            lock.verify();
        }
        return channel;
    }

    /** Puts things right after a channel turned out to be closed, which an interrupt of a thread that uses it does. */
    synchronized void recover(Path path, FileChannel broken) throws IOException {
        if (closed) {
            throw new DiskException(ErrorCode.BAD_STATE, HostFailure.shown(path) + ": is closed");
        }
        if (channels.contains(broken)) { // else another thread was here first
            mend(broken);
        }
    }

    /** Takes a new channel, locked before anybody else can use it, and close it again. */
    private void mend(FileChannel broken) throws IOException {
        broken.close(); // waits for the thread that is closing it: only then has the host's lock gone for good
        Path path = currentPath();
        FileChannel fresh;
        try {
            fresh = open(path, writable);
        } catch (IOException e) {
            lock.lose(HostFailure.shown(path) + ": was closed by an interrupt and cannot be opened again");
            throw e;
        }
        channels.remove(broken);
        channels.add(fresh);
        lock.renew(path, fresh);
        channel = fresh;
    }

    /** A name under which the file can be found now; without one the writers have lost it. */
    private Path currentPath() throws IOException {
        Path last = null;
        for (FileStorage user : users) {
            last = user.path();
            if (leadsHere(last)) {
                return last;
            }
        }
        lock.lose(HostFailure.shown(last) + ": was closed by an interrupt and is no longer there");
        throw new NoSuchFileException(last.toString());
    }

    private boolean leadsHere(Path path) {
        try {
            return FileKind.of(path).key().equals(key);
        } catch (IOException e) {
            return false;
        }
    }

    /** Makes the channel's bytes durable, and the file's name if it is new. After one failure all later ones fail. */
    long flush(Path path, FileChannel used) throws IOException {
        IOException failure = flushFailure;
        if (failure != null) {
            throw failure;
        }
        try {
            used.force(false);
            if (folderChanged.compareAndSet(true, false)) {
                OpenFiles.flushFolder(path);
            }
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            flushFailure = e; // the host has forgotten the bytes and would claim success next time
            throw e;
        }
        return 0;
    }

    /**
     * Renames the file; storages whose name does not lead to it any more follow. The name is made durable unless all that
     * is in the file is left to the host as well.
     */
    synchronized boolean move(Path from, Path to, OpenFiles.Renaming how) throws IOException {
        if (closed) {
            return false;
        }
        try {
            how.run(from, to);
            for (FileStorage user : users) {
                if (!leadsHere(user.path())) {
                    user.moved(to);
                }
            }
            if (users.stream().noneMatch(FileStorage::leavesFlushing)) {
                OpenFiles.flushFolder(to);
            }
            return true;
        } finally {
            closeIfUnused();
        }
    }

    /** What is done while a file is locked. */
    interface Step {
        void run() throws IOException;
    }

    /** Runs what takes this file's name away, while nobody can have it open for writing. */
    synchronized boolean giveWay(Path path, Step step) throws IOException {
        if (closed) {
            return false;
        }
        try {
            lock.permit(path, FileAccess.WRITE);
            boolean locked = lockToDelete(path);
            try {
                step.run();
            } finally {
                if (locked) {
                    lock.remove();
                }
            }
            return true;
        } finally {
            closeIfUnused();
        }
    }

    /** Deletes the name, while holding the lock so that no other process loses what it writes. */
    boolean delete(Path path) throws IOException {
        return giveWay(path, () -> {
            Files.delete(path);
            OpenFiles.flushFolder(path);
        });
    }

    /** True if the lock is held now; who cannot write to a file may still be allowed to delete it. */
    private boolean lockToDelete(Path path) throws IOException {
        try {
            provideChannel(path, true, null);
        } catch (FileReplacedException e) {
            throw e;
        } catch (FileSystemException e) {
            return false; // not ours to write, but perhaps ours to delete: the folder's owner decides
        }
        lock(path, FileAccess.WRITE);
        return true;
    }

    /**
     * The end of this object, with the monitor held: from here on every method answers empty or false, and the registry has
     * forgotten it, so that whoever comes next makes another.
     */
    private void closeIfUnused() throws IOException {
        if (!users.isEmpty() || closed) {
            return;
        }
        closed = true;
        descriptors.close();
        try {
            for (FileChannel opened : channels) {
                opened.close();
            }
        } finally {
            OpenFiles.forget(key, this);
        }
    }
}
