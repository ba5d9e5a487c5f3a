// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.disk.VirtualDisk;
import org.platter.shell.option.UsageException;

/**
 * A range of a disk to the byte. Transfers are made of the sectors it touches.
 *
 * @param offset where it starts, bytes
 * @param length how long it is, bytes
 */
public record Span(long offset, long length) {
    /** Most bytes of one transfer. */
    public static final int CHUNK = 1 << 20;

    private static final int SECTOR = VirtualDisk.SECTOR;

    /** A range that must lie on the disk. */
    public static Span of(VirtualDisk disk, long offset, long length) {
        if (offset > disk.size() || length > disk.size() - offset) {
            throw new UsageException(
                    length + " bytes at " + offset + " do not lie on the disk, which ends at " + disk.size());
        }
        return new Span(offset, length);
    }

    /** Its first piece that one transfer can move; all but the first start at a sector. */
    public Span first() {
        long room = CHUNK - offset % SECTOR;
        return new Span(offset, Math.min(length, room));
    }

    /** What is left behind a first piece. */
    public Span after(Span piece) {
        return new Span(piece.end(), length - piece.length);
    }

    /** The first byte behind it. */
    public long end() {
        return offset + length;
    }

    /** The whole sectors that it touches. */
    public Span outer() {
        long start = offset - offset % SECTOR;
        return new Span(start, up(end()) - start);
    }

    /** The whole sectors inside it; may be empty. */
    public Span inner() {
        long start = up(offset);
        return new Span(start, Math.max(0, end() - end() % SECTOR - start));
    }

    /** Reads it into the buffer, which then holds nothing else; it must fit with the rest of its sectors. */
    public void read(VirtualDisk disk, ByteBuffer buffer) throws IOException {
        Span sectors = outer();
        buffer.clear().limit((int) sectors.length);
        disk.read(buffer, sectors.offset);
        int start = (int) (offset - sectors.offset);
        buffer.limit(start + (int) length).position(start);
    }

    /** Writes the first of the bytes to it; what else its sectors hold stays. */
    public void write(VirtualDisk disk, byte[] bytes) throws IOException {
        Span sectors = outer();
        if (sectors.equals(this)) {
            disk.write(ByteBuffer.wrap(bytes, 0, (int) length), offset);
            return;
        }
        ByteBuffer whole = ByteBuffer.allocate((int) sectors.length);
        Span last = new Span(sectors.end() - SECTOR, SECTOR);
        disk.read(whole.limit(SECTOR), sectors.offset);
        if (last.offset > sectors.offset) {
            disk.read(whole.limit((int) sectors.length).position((int) sectors.length - SECTOR), last.offset);
        }
        whole.clear().position((int) (offset - sectors.offset)).put(bytes, 0, (int) length);
        disk.write(whole.clear(), sectors.offset);
    }

    private static long up(long value) {
        return value + (SECTOR - value % SECTOR) % SECTOR;
    }
}
