// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.util.Objects;
import org.platter.storage.Storage;

/** A stretch of an image of one kind: what is at {@code offset} of the disk, {@code length} bytes long. Immutable. */
public sealed interface Run permits Run.Data, Run.Zero, Run.Free {
    /** Where it starts on the disk, bytes. */
    long offset();

    /** How long it is, bytes, more than 0. */
    long length();

    /** The first byte of the disk after it. */
    default long end() {
        return offset() + length();
    }

    /** The part of this run inside the range; they must overlap. */
    Run clip(long offset, long length);

    /** The bytes are in {@code storage} from {@code position} on. */
    record Data(long offset, long length, Storage storage, long position) implements Run {
        /** Checks the numbers. */
        public Data {
            check(offset, length);
            Objects.requireNonNull(storage);
            if (position < 0) {
                throw new IllegalArgumentException("position " + position);
            }
        }

        @Override
        public Data clip(long from, long count) {
            long start = Math.max(offset, from);
            return new Data(start, Math.min(end(), from + count) - start, storage, position + (start - offset));
        }
    }

    /** The bytes are zeroes, whatever a parent says. */
    record Zero(long offset, long length) implements Run {
        /** Checks the numbers. */
        public Zero {
            check(offset, length);
        }

        @Override
        public Zero clip(long from, long count) {
            long start = Math.max(offset, from);
            return new Zero(start, Math.min(end(), from + count) - start);
        }
    }

    /** The image does not say: the parent decides, and without a parent the bytes are zeroes. */
    record Free(long offset, long length) implements Run {
        /** Checks the numbers. */
        public Free {
            check(offset, length);
        }

        @Override
        public Free clip(long from, long count) {
            long start = Math.max(offset, from);
            return new Free(start, Math.min(end(), from + count) - start);
        }
    }

    private static void check(long offset, long length) {
        if (offset < 0 || length <= 0) {
            throw new IllegalArgumentException("no run: " + offset + "+" + length);
        }
    }
}
