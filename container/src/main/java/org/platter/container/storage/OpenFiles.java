// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.platter.container.storage.host.FileKind;
import org.platter.container.storage.host.HostFailure;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** All files that this process has open as storages. Safe for use by many threads. */
final class OpenFiles {
    private static final int ATTEMPTS = 100;

    /** What file systems say that cannot flush a folder. */
    private static final Pattern UNABLE = Pattern.compile("(?i)invalid argument|not supported|not implemented");

    private static final ConcurrentMap<Object, SharedFile> FILES = new ConcurrentHashMap<>();
    private static final ReentrantLock REPLACING = new ReentrantLock();
    private static final Queue<FileChannel> PARKED = new ConcurrentLinkedQueue<>();

    private OpenFiles() {}

    /** Opens an existing file or device. */
    static FileStorage open(Path path, FileAccess access) throws IOException {
        return with(path, () -> FileKind.of(path).requireBytes(path), file -> file.attach(path, access, null));
    }

    /** Makes a file; if that fails, nothing is left of it. */
    static FileStorage create(Path path, FileAccess access) throws IOException {
        FileChannel made = FileChannel.open(
                path,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.SPARSE);
        try {
            return with(path, () -> FileKind.of(path), file -> file.attach(path, access, made));
        } catch (IOException | RuntimeException e) {
            park(made);
            closeParked();
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** Deletes a regular file, or a link to one. */
    static void delete(Path path) throws IOException {
        with(path, () -> FileKind.of(path).requireRegular(path, "which is never deleted"), file -> {
            return file.delete(path) ? Optional.of(path) : Optional.empty();
        });
    }

    /** Renames a regular file. */
    static void move(Path from, Path to) throws IOException {
        move(from, to, OpenFiles::rename);
    }

    private static void move(Path from, Path to, Renaming how) throws IOException {
        with(
                from,
                () -> FileKind.of(from, LinkOption.NOFOLLOW_LINKS).requireRegular(from, "which is never renamed"),
                file -> file.move(from, to, how) ? Optional.of(to) : Optional.empty());
    }

    /** How a file gets its new name. */
    interface Renaming {
        void run(Path from, Path to) throws IOException;
    }

    private static void renameOver(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Puts a regular file in the place of another, which is locked until that is done. One at a time: it holds two files. */
    static void replace(Path from, Path to) throws IOException {
        REPLACING.lock();
        try {
            with(
                    to,
                    () -> FileKind.of(to).requireRegular(to, "which is never replaced"),
                    old -> old.giveWay(to, () -> move(from, to, OpenFiles::renameOver))
                            ? Optional.of(to)
                            : Optional.empty());
        } finally {
            REPLACING.unlock();
        }
    }

    private interface Look {
        FileKind kind() throws IOException;
    }

    private interface Use<T> {
        Optional<T> of(SharedFile file) throws IOException;
    }

    private static <T> T with(Path path, Look look, Use<T> use) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            FileKind kind = look.kind();
            SharedFile file = FILES.computeIfAbsent(kind.key(), key -> new SharedFile(key, kind.blockDevice()));
            try {
                Optional<T> result = use.of(file);
                if (result.isPresent()) {
                    return result.get();
                }
            } catch (FileReplacedException e) {
                continue;
            }
        }
        throw new FileReplacedException(path);
    }

    /** Called once by a file that nobody uses any more. */
    static void forget(Object key, SharedFile file) throws IOException {
        FILES.remove(key, file);
        closeParked();
    }

    /** Keeps a channel of an unknown file while others are open, because one of those may be its file, and locked. */
    static void park(FileChannel channel) {
        PARKED.add(channel);
    }

    private static void closeParked() throws IOException {
        while (FILES.isEmpty() && !PARKED.isEmpty()) {
            FileChannel parked = PARKED.poll();
            if (parked != null) {
                parked.close();
            }
        }
    }

    /** Gives a file another name in its file system, and fails with {@code EXISTS} if that is taken. */
    static void rename(Path from, Path to) throws IOException {
        try {
            Files.createLink(to, from);
        } catch (UnsupportedOperationException | FileSystemException e) {
            renameWithoutLinks(from, to);
            return;
        }
        try {
            Files.delete(from);
        } catch (IOException e) {
            Files.delete(to);
            throw e;
        }
    }

    private static void renameWithoutLinks(Path from, Path to) throws IOException {
        if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
            throw new DiskException(ErrorCode.EXISTS, HostFailure.shown(to) + ": exists already");
        }
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Makes the names in the file's folder durable where the host can. A host that does not know how is no failure; one
     * that tried and could not is: the name may be gone after a loss of power.
     */
    static void flushFolder(Path path) throws IOException {
        FileChannel folder;
        try {
            folder = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ);
        } catch (IOException e) {
            return; // folders are no files here
        }
        try (folder) {
            folder.force(true);
        } catch (IOException e) {
            if (!UNABLE.matcher(String.valueOf(e.getMessage())).find()) {
                throw e;
            }
        }
    }
}
