// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage.host;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Turns what the host says into one sentence with a code. */
public final class HostFailure {
    private static final int LONGEST_SHOWN = 300;

    private HostFailure() {}

    /** The failure of {@code doing}, such as {@code "write"}, on a path; what is clear already stays as it is. */
    public static IOException of(Path path, String doing, IOException failure) {
        if (failure instanceof DiskException || failure instanceof EOFException) {
            return failure;
        }
        if (failure instanceof NoSuchFileException
                || failure instanceof FileSystemException && leadsThroughFile(path)) {
            return new DiskException(ErrorCode.NOT_FOUND, missing(path), failure);
        }
        if (failure instanceof FileAlreadyExistsException) {
            return new DiskException(ErrorCode.EXISTS, shown(path) + ": exists already", failure);
        }
        if (failure instanceof AtomicMoveNotSupportedException) {
            String message = shown(path) + ": cannot be renamed to another file system";
            return new DiskException(ErrorCode.NOT_SUPPORTED, message, failure);
        }
        String reason = reason(failure);
        return new DiskException(
                code(path, doing, failure, reason), shown(path) + ": cannot " + doing + ": " + reason, failure);
    }

    private static boolean leadsThroughFile(Path path) {
        Path above = path.toAbsolutePath().getParent();
        while (above != null && !Files.exists(above)) {
            above = above.getParent();
        }
        return above != null && !Files.isDirectory(above);
    }

    private static String missing(Path path) {
        Path folder = path.toAbsolutePath().getParent();
        return folder == null || Files.isDirectory(folder)
                ? shown(path) + ": no such file"
                : shown(path) + ": no such folder: " + shown(folder);
    }

    private static String reason(IOException failure) {
        String reason = failure instanceof FileSystemException f ? f.getReason() : failure.getMessage();
        if (reason != null) {
            return shown(reason);
        }
        return failure instanceof AccessDeniedException
                ? "permission denied"
                : failure.getClass().getSimpleName();
    }

    private static ErrorCode code(Path path, String doing, IOException failure, String reason) {
        String text = reason.toLowerCase(Locale.ROOT);
        if (text.contains("read-only file system")) {
            return ErrorCode.READ_ONLY;
        }
        if (text.contains("no space left") || text.contains("quota") || text.contains("not enough space")) {
            return ErrorCode.DISK_FULL;
        }
        if (failure instanceof AccessDeniedException || text.contains("not permitted")) {
            return ErrorCode.DENIED;
        }
        return doing.equals("read") ? ErrorCode.IO : codeByState(path);
    }

    /** Hosts speak the user's language, so the words alone do not tell. */
    private static ErrorCode codeByState(Path path) {
        try {
            FileStore store = Files.getFileStore(
                    Files.exists(path) ? path : path.toAbsolutePath().getParent());
            if (store.isReadOnly()) {
                return ErrorCode.READ_ONLY;
            }
            return store.getTotalSpace() > 0 && store.getUsableSpace() < store.getBlockSize()
                    ? ErrorCode.DISK_FULL
                    : ErrorCode.IO;
        } catch (IOException | RuntimeException e) {
            return ErrorCode.IO;
        }
    }

    public static String shown(Path path) {
        return shown(path.toString());
    }

    /** The text without what would garble a terminal, a log or a line of a file, and not without end. */
    public static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        String start = text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) : text;
        start.chars().forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                shown.append(String.format("\\u%04x", c));
            } else {
                shown.append((char) c);
            }
        });
        return start.length() < text.length() ? shown.append('…').toString() : shown.toString();
    }
}
