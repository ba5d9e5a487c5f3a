// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.util.Random;
import org.platter.format.ImageAttributes;

/** Random changes of a disk, the same for the same seed, done to an image and to its model alike. */
public final class Workload {
    private static final int SECTOR = 512;

    /** What a step does. */
    public enum Kind {
        /** Writes random bytes. */
        WRITE,
        /** Writes zeroes. */
        WRITE_ZEROES,
        /** Makes whole blocks zero, by a mark where the image can. */
        ZERO,
        /** Makes whole blocks free where the image can. */
        FREE,
        /** Flushes. */
        FLUSH,
        /** Changes the comment where the image can. */
        COMMENT
    }

    /** One change. */
    public record Step(Kind kind, int offset, byte[] bytes) {
        /** Does it; the model is told before, so that it knows what a failure may leave. */
        public void run(ImageDriver driver, DiskModel model) throws IOException {
            switch (kind) {
                case WRITE, WRITE_ZEROES -> {
                    model.write(offset, bytes);
                    driver.write(offset, bytes);
                }
                case ZERO -> {
                    model.zero(offset, bytes.length);
                    if (!driver.zero(offset, bytes.length)) {
                        driver.write(offset, new byte[bytes.length]);
                    }
                }
                case FREE -> {
                    model.attempt(offset, model.parentBytes(offset, bytes.length));
                    if (driver.free(offset, bytes.length)) {
                        model.free(offset, bytes.length);
                    }
                }
                case FLUSH -> {
                    driver.flush();
                    model.flushed();
                }
                case COMMENT -> driver.image().update(ImageAttributes.NONE.withComment("comment " + offset));
            }
        }

        @Override
        public String toString() {
            return kind + " " + offset + "+" + bytes.length;
        }
    }

    private final Random random;
    private final int size;
    private final int block;
    private final boolean comments;

    /** Changes of a disk of {@code size} bytes in blocks of {@code blockSize}, 0 for none. */
    public Workload(long seed, int size, long blockSize, boolean comments) {
        random = new Random(seed);
        this.size = size;
        block = (int) Math.max(SECTOR, Math.min(blockSize, size));
        this.comments = comments;
    }

    /** The next change. */
    public Step next() {
        int dice = random.nextInt(20);
        if (dice < 11) {
            return write(Kind.WRITE);
        } else if (dice < 12) {
            return write(Kind.WRITE_ZEROES);
        } else if (dice < 14) {
            return blocks(Kind.ZERO);
        } else if (dice < 17) {
            return blocks(Kind.FREE);
        }
        return dice < 19 || !comments
                ? new Step(Kind.FLUSH, 0, new byte[0])
                : new Step(Kind.COMMENT, random.nextInt(1000), new byte[0]);
    }

    private Step write(Kind kind) {
        int sectors = (size + SECTOR - 1) / SECTOR;
        int first = random.nextInt(sectors);
        int most = Math.min(sectors - first, random.nextBoolean() ? 8 : 512);
        int length = Math.min(size - first * SECTOR, (1 + random.nextInt(most)) * SECTOR);
        byte[] bytes = new byte[length];
        if (kind == Kind.WRITE) {
            random.nextBytes(bytes);
        }
        return new Step(kind, first * SECTOR, bytes);
    }

    private Step blocks(Kind kind) {
        int blocks = (size + block - 1) / block;
        int first = random.nextInt(blocks);
        int count = 1 + random.nextInt(Math.min(blocks - first, 32));
        return new Step(kind, first * block, new byte[Math.min(size - first * block, count * block)]);
    }
}
