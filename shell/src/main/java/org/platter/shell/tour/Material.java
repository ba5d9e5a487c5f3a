// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.tour;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Real data to fill a disk with: the class library of the Java that runs, or numbers if that is not one file. */
final class Material {
    private static final long GENERATED = 128L << 20;

    private final Optional<Path> file;

    private Material(Optional<Path> file) {
        this.file = file;
    }

    static Material find() {
        Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
        return new Material(Optional.of(modules).filter(Files::isReadable));
    }

    String name() {
        return file.map(Path::toString).orElse("numbers");
    }

    long size() throws IOException {
        return file.isPresent() ? Files.size(file.get()) : GENERATED;
    }

    /** Fills the buffer with what is at the position, zeroes behind the end, and makes it ready to be read. */
    ByteBuffer read(ByteBuffer buffer, long position) throws IOException {
        buffer.clear();
        if (file.isPresent()) {
            try (FileChannel channel = FileChannel.open(file.get())) {
                for (long at = position; buffer.hasRemaining(); at = position + buffer.position()) {
                    if (channel.read(buffer, at) < 0) {
                        break;
                    }
                }
            }
            while (buffer.hasRemaining()) {
                buffer.put((byte) 0);
            }
        } else {
            for (long value = position; buffer.hasRemaining(); value++) {
                buffer.put((byte) (value * 0x9E37_79B9_7F4A_7C15L >>> 56));
            }
        }
        return buffer.flip();
    }
}
