// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * What a path leads to, found without opening it. Immutable.
 *
 * @param key equal for all names of one file, for as long as it exists
 * @param name the kind, for people: {@code "a directory"}
 */
public record FileKind(Object key, boolean regular, boolean blockDevice, boolean link, String name) {
    private static final int TYPE_MASK = 0xf000;
    private static final int FIFO = 0x1000;
    private static final int CHARACTER_DEVICE = 0x2000;
    private static final int BLOCK_DEVICE = 0x6000;
    private static final int SOCKET = 0xc000;

    public static FileKind of(Path path, LinkOption... options) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class, options);
        int type = attributes.isOther() ? hostType(path, options) : 0;
        String name = attributes.isRegularFile()
                ? "a regular file"
                : attributes.isDirectory() ? "a directory" : attributes.isSymbolicLink() ? "a link" : name(type);
        // Windows has no file keys; there the real path has to do
        Object key = attributes.fileKey() != null ? attributes.fileKey() : path.toRealPath(options);
        return new FileKind(key, attributes.isRegularFile(), type == BLOCK_DEVICE, attributes.isSymbolicLink(), name);
    }

    private static int hostType(Path path, LinkOption... options) throws IOException {
        try {
            return (Integer) Files.getAttribute(path, "unix:mode", options) & TYPE_MASK;
        } catch (UnsupportedOperationException e) {
            return 0;
        }
    }

    private static String name(int type) {
        return switch (type) {
            case FIFO -> "a pipe";
            case CHARACTER_DEVICE -> "a character device";
            case BLOCK_DEVICE -> "a block device";
            case SOCKET -> "a socket";
            default -> "no regular file";
        };
    }

    /** Refuses what has no bytes at positions: opening a pipe, for one, would wait for a writer. */
    public FileKind requireBytes(Path path) throws DiskException {
        if (!regular && !blockDevice) {
            throw refused(path, "and no image");
        }
        return this;
    }

    public FileKind requireRegular(Path path, String refusal) throws DiskException {
        if (!regular) {
            throw refused(path, refusal);
        }
        return this;
    }

    private DiskException refused(Path path, String refusal) {
        return new DiskException(ErrorCode.DENIED, HostFailure.shown(path) + ": is " + name + ", " + refusal);
    }
}
