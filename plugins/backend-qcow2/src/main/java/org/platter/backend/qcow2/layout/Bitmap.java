// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.platter.storage.Storage;

/** An entry of the bitmap directory. Source: docs/formats/qcow2.md, section 9. */
public record Bitmap(
        long tablePosition, // 0x00 u64
        long tableSize, // 0x08 u32, entries
        int flags, // 0x0C u32
        int type, // 0x10 u8
        int granularityBits, // 0x11 u8
        String name) { // length at 0x12 u16

    private static final int FIXED = 24;
    private static final int EXTENSION = 24;
    private static final long MOST_BYTES = 64L << 20;
    private static final int MOST = 65535;

    /** Where the directory is. */
    public record Directory(
            long count, // 0x00 u32
            long bytes, // 0x08 u64
            long position) { // 0x10 u64

        /** Reads the header extension; none gives an empty directory. */
        public static Directory of(Head head) throws IOException {
            byte[] data = head.extension(HeaderExtension.BITMAPS).orElse(new byte[0]);
            if (data.length < EXTENSION) {
                return new Directory(0, 0, 0);
            }
            ByteBuffer b = ByteBuffer.wrap(data);
            Directory found = new Directory(Integer.toUnsignedLong(b.getInt(0)), b.getLong(8), b.getLong(16));
            if (found.count > MOST
                    || found.bytes < 0
                    || found.bytes > MOST_BYTES
                    || found.position < 0
                    || found.position > 1L << 56
                    || found.position % head.header().clusters().size() != 0) {
                throw Bad.corrupt("bitmap directory: " + found.count + " bitmaps, " + Long.toUnsignedString(found.bytes)
                        + " bytes at " + Long.toUnsignedString(found.position));
            }
            return found;
        }
    }

    /** Reads the directory of an image. */
    public static List<Bitmap> read(Storage storage, Directory directory) throws IOException {
        List<Bitmap> list = new ArrayList<>();
        long at = directory.position;
        long end = directory.position + directory.bytes;
        for (long i = 0; i < directory.count; i++) {
            ByteBuffer fixed = bytes(storage, at, FIXED, end);
            int name = fixed.getShort(18) & 0xFFFF;
            long extra = Integer.toUnsignedLong(fixed.getInt(20));
            if (extra > end - at - FIXED - name) {
                throw Bad.corrupt("bitmap " + i + " at " + at + ": ends behind the directory");
            }
            byte[] text = bytes(storage, at + FIXED + extra, name, end).array();
            list.add(new Bitmap(
                    fixed.getLong(0),
                    Integer.toUnsignedLong(fixed.getInt(8)),
                    fixed.getInt(12),
                    fixed.get(16) & 0xFF,
                    fixed.get(17) & 0xFF,
                    Text.shown(text)));
            at += FIXED + extra + name + 7 & ~7L;
        }
        return List.copyOf(list);
    }

    private static ByteBuffer bytes(Storage storage, long at, int length, long end) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        if (at + length > end) {
            throw Bad.corrupt("bitmap directory: an entry at " + at + " ends behind " + end);
        }
        try {
            storage.read(bytes, at);
        } catch (EOFException e) {
            throw Bad.corrupt("bitmap directory: behind the end of the file at " + at);
        }
        return bytes.flip();
    }
}
