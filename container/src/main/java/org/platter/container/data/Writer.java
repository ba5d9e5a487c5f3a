// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.container.image.ChainLayer;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Run;

/**
 * Writes to one image of a chain. Data goes in place where the image has storage; else blocks are allocated, completed
 * from what {@code background} reads as, and made visible. What the chain reads as already is not stored, and zeroes
 * become zero marks, unless the image's flags say otherwise. Used inside the gate; takes the range locks itself.
 *
 * <p>Rule of order, for one block: storage is reserved, all of it is written (what the request does not give comes
 * from the background), and only then is it made visible. A crash in between leaves storage that nobody refers to,
 * never a block with bytes that were not written. Rule of locking: transfers in place share a range, because two
 * of them to one place are the caller's own race; everything that changes the map has the whole blocks to itself.
 *
 * @param layer the image that is written
 * <p>Whoever watches the writes is told while the range is held and before a byte moves. Who takes a mark and then holds
 * the range exclusively therefore sees all that the mark stands for.
 *
 * @param background what the disk reads as where {@code layer} has nothing: {@code layer} and those below it
 * @param watched told where is written, or null
 */
public record Writer(ChainLayer layer, View background, RangeLocks locks, DirtyRanges watched) {
    private static final int PIECE = 4 << 20;

    /** Tells who watches; the range is held. */
    public void mark(long offset, long length) {
        layer.wrote(length);
        if (watched != null) {
            watched.mark(offset, length);
        }
    }

    /** Stores the rest of {@code src}. */
    public void write(ByteBuffer src, long offset) throws IOException {
        if (layer.facts().guard() != null) {
            layer.facts().guard().check(src, offset, background::read);
        }
        int limit = src.limit();
        long at = offset;
        try {
            while (src.position() < limit) {
                int length = (int) Math.min(limit - src.position(), PIECE - at % PIECE);
                src.limit(src.position() + length);
                piece(src, at);
                src.limit(limit);
                at += length;
            }
        } finally {
            src.limit(limit);
        }
    }

    private void piece(ByteBuffer src, long offset) throws IOException {
        long end = offset + src.remaining();
        try (RangeLocks.Held held = locks.shared(offset, end - offset)) {
            mark(offset, end - offset);
            inPlace(src, offset);
        }
        if (src.hasRemaining()) {
            grow(src, end - src.remaining());
        }
    }

    /** Stores what has storage, up to the first byte that has none. */
    private void inPlace(ByteBuffer src, long offset) throws IOException {
        int limit = src.limit();
        long stored = layer.size();
        for (long at = offset; src.position() < limit && at < stored; ) {
            Run run = layer.map(at, Math.min(limit - src.position(), stored - at));
            if (!(run instanceof Run.Data data) || data.storage().readOnly()) {
                return;
            }
            src.limit(src.position() + (int) run.length());
            data.storage().write(src, data.position());
            src.limit(limit);
            at = run.end();
        }
        if (offset + src.remaining() > stored) {
            src.position(limit); // the part of the last sector that the image does not store
        }
    }

    private void grow(ByteBuffer src, long offset) throws IOException {
        long block = Math.max(layer.info().blockSize(), VirtualSector.BYTES);
        long from = offset / block * block;
        long to = Math.min(layer.size(), (offset + src.remaining() + block - 1) / block * block);
        try (RangeLocks.Held held = locks.exclusive(from, to - from)) {
            mark(offset, src.remaining());
            writeHeld(src, offset);
        }
    }

    /** Stores the rest of {@code src} while the caller holds its blocks exclusively. */
    public void writeHeld(ByteBuffer src, long offset) throws IOException {
        long block = Math.max(layer.info().blockSize(), VirtualSector.BYTES);
        long at = offset;
        while (src.hasRemaining()) {
            int before = src.position();
            step(src, at, block);
            at += src.position() - before;
        }
    }

    /** Deals with the front of {@code src}: some of what is uniform there. */
    private void step(ByteBuffer src, long offset, long block) throws IOException {
        int limit = src.limit();
        long stored = layer.size();
        if (offset >= stored) {
            src.position(limit);
            return;
        }
        Run run = layer.map(offset, Math.min(src.remaining(), stored - offset));
        if (run instanceof Run.Data data && !data.storage().readOnly()) {
            src.limit(src.position() + (int) run.length());
            data.storage().write(src, data.position());
            src.limit(limit);
            return;
        }
        int unneeded = leading(src, offset, block, run, false);
        if (unneeded > 0) {
            src.position(src.position() + unneeded);
            return;
        }
        int needed = leading(src, offset, block, run, true);
        layer.growing(() -> {
            store(src, offset, needed);
            return null;
        });
    }

    /** How many bytes at the front, block by block, need storage, or do not; the latter are dealt with. */
    private int leading(ByteBuffer src, long offset, long block, Run run, boolean need) throws IOException {
        int limit = src.limit();
        int start = src.position();
        long end = Math.min(run.end(), offset + src.remaining());
        long at = offset;
        try {
            while (at < end) {
                long next = Math.min(end, at / block * block + block);
                src.limit(start + (int) (next - offset)).position(start + (int) (at - offset));
                if (needsStorage(src, at, block, need) != need) {
                    break;
                }
                at = next;
            }
        } finally {
            src.limit(limit).position(start);
        }
        return (int) (at - offset);
    }

    private boolean needsStorage(ByteBuffer part, long offset, long block, boolean onlyAsk) throws IOException {
        if (!layer.has(OpenFlag.HONOR_SAME) && background.equal(part, offset)) {
            return false;
        }
        boolean whole = offset % block == 0 && (part.remaining() == block || offset + part.remaining() >= layer.size());
        if (!whole
                || layer.has(OpenFlag.HONOR_ZEROES)
                || !layer.zeroMarks()
                || !Zeroes.only(part, part.position(), part.limit())) {
            return true;
        }
        long length = Math.min(part.remaining(), layer.size() - offset);
        return onlyAsk ? !layer.zeroMarks() : !layer.markZero(offset, length);
    }

    private void store(ByteBuffer src, long offset, int length) throws IOException {
        int limit = src.limit();
        Run.Data room = layer.allocate(offset, length);
        if (room.offset() > offset || room.end() <= offset) {
            throw new DiskException(
                    ErrorCode.CORRUPT, layer.shown() + ": asked for storage at " + offset + ", got " + room);
        }
        complete(room, room.offset(), offset);
        int part = (int) Math.min(Math.min(length, room.end() - offset), layer.size() - offset);
        src.limit(src.position() + part);
        room.storage().write(src, room.position() + (offset - room.offset()));
        src.limit(limit);
        complete(room, offset + part, room.end());
        layer.remap(room);
        if (length > part && offset + part >= layer.size()) {
            src.position(src.position() + length - part);
        }
    }

    /** Fills a part of new storage with what the disk reads as there. */
    private void complete(Run.Data room, long from, long to) throws IOException {
        for (long at = from; at < to; ) {
            long position = room.position() + (at - room.offset());
            Run run = background.find(at, to - at);
            if (run instanceof Run.Data data) {
                data.storage().transferTo(data.position(), data.length(), room.storage(), position);
            } else {
                room.storage().zero(position, run.length());
            }
            at = run.end();
        }
    }

    /** Makes the range read as zeroes. */
    public void zero(long offset, long length) throws IOException {
        sweep(offset, length, true);
    }

    /** Lets whole blocks in the range go. */
    public void discard(long offset, long length) throws IOException {
        sweep(offset, length, false);
    }

    private void sweep(long offset, long length, boolean zero) throws IOException {
        long block = Math.max(layer.info().blockSize(), VirtualSector.BYTES);
        long end = Math.min(offset + length, layer.size());
        long step = Math.max(block, PIECE);
        for (long at = offset; at < end; ) {
            long next = Math.min(end, at / step * step + step);
            long from = Math.min((at + block - 1) / block * block, next);
            long to = next == layer.size() ? next : Math.max(next / block * block, from);
            if (zero && from > at) {
                zeroPart(at, from - at);
            }
            if (to > from) {
                zeroBlocks(from, to - from, zero);
            }
            if (zero && next > to) {
                zeroPart(to, next - to);
            }
            at = next;
        }
    }

    private void zeroPart(long offset, long length) throws IOException {
        ByteBuffer zeroes = Buffers.acquire();
        try {
            Zeroes.put(zeroes, (int) Math.min(length, zeroes.capacity()));
            for (long done = 0; done < length; done += zeroes.limit()) {
                zeroes.position(0).limit((int) Math.min(zeroes.capacity(), length - done));
                write(zeroes, offset + done);
            }
        } finally {
            Buffers.release(zeroes);
        }
    }

    private void zeroBlocks(long offset, long length, boolean must) throws IOException {
        boolean done = false;
        try (RangeLocks.Held held = locks.exclusive(offset, length)) {
            if (background.zero(offset, length)) {
                return;
            }
            mark(offset, length);
            boolean marked = !layer.has(OpenFlag.HONOR_ZEROES) || !must;
            done = marked && layer.markZero(offset, length);
        }
        if (!done && must) {
            zeroPart(offset, length);
        }
    }
}
