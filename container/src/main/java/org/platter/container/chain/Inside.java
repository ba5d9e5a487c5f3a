// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.platter.container.data.RangeLocks;
import org.platter.container.data.View;
import org.platter.container.data.VirtualSector;
import org.platter.container.data.Writer;
import org.platter.container.format.Failures;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * A stay inside a disk, and the only way to its images. From entering to {@link #close} the stack of images stays as it
 * is and no format is swapped. Made by {@link Chain#enter}; used by one thread at a time, which may change, and left
 * exactly once whatever happens: closing again does nothing.
 *
 * <p>Rule of waiting: who is inside must not wait for anything that needs the gate closed, nor enter a second disk but in
 * the order that the job's class states.
 */
public final class Inside implements AutoCloseable {
    private static final int PIECE = 4 << 20; // bytes of a range that is held at a time

    private final Chain chain;
    private final Access.Kind kind;
    private final ChainLayer[] layers; // base first, never empty
    private boolean left;

    Inside(Chain chain, Access.Kind kind, ChainLayer[] layers) {
        this.chain = chain;
        this.kind = kind;
        this.layers = layers;
    }

    /** Leaves. */
    @Override
    public void close() {
        if (!left) {
            left = true;
            chain.leave(kind);
        }
    }

    /** The last image. */
    public ChainLayer last() {
        return layers[layers.length - 1];
    }

    /** Base first. */
    public List<ChainLayer> layers() {
        return List.of(layers);
    }

    /** The place of an image, or {@code IMAGE_NOT_FOUND}. */
    public int index(ChainLayer layer) throws DiskException {
        int index = Arrays.asList(layers).indexOf(layer);
        if (index < 0) {
            throw Chain.notFound(layer);
        }
        return index;
    }

    /** Refuses a range that is not one of the disk as it is now. */
    public void check(long offset, long length) {
        VirtualSector.check(offset, length, last().size());
    }

    /** What the whole disk reads as. */
    public View view() {
        return new View(layers, layers.length - 1, 0);
    }

    /** What the disk reads as from an image down. */
    public View view(ChainLayer top) throws DiskException {
        return new View(layers, index(top), 0);
    }

    /** What the images from {@code top} down to {@code bottom} read as; nothing if top is below bottom. */
    public View view(int top, int bottom) {
        return new View(layers, top, bottom);
    }

    /** Writes to the last image as requests do: its content changes, and who watches is told. */
    public Writer writer() throws DiskException {
        ChainLayer last = last();
        if (last.readOnly()) {
            throw new DiskException(ErrorCode.READ_ONLY, last.shown() + " is open for reading only");
        }
        chain.modification().beforeWrite(last);
        return new Writer(last, view(), chain.ranges(), chain.watched());
    }

    /** Writes to any image what leaves the disk as it reads; {@code background} is what counts as there already. */
    public Writer writer(ChainLayer into, View background) {
        return new Writer(into, background, chain.ranges(), null);
    }

    /** The locks of the disk's ranges. */
    public RangeLocks ranges() {
        return chain.ranges();
    }

    // --- requests ---

    /** Fills the rest of {@code dst} from the disk. */
    public void read(ByteBuffer dst, long offset) throws IOException {
        read(view(), dst, offset);
    }

    /** Fills the rest of {@code dst} from a view of the disk, each piece of the range held while it is read. */
    public void read(View view, ByteBuffer dst, long offset) throws IOException {
        int limit = dst.limit();
        long at = offset;
        while (dst.position() < limit) {
            int length = Math.min(limit - dst.position(), PIECE);
            try (RangeLocks.Held held = chain.ranges().shared(at, length)) {
                view.read(dst.limit(dst.position() + length), at);
            } finally {
                dst.limit(limit);
            }
            at += length;
        }
    }

    /** Makes durable what has been written. */
    public void flush() throws DiskException {
        ChainLayer last = last();
        if (!last.readOnly()) {
            chain.modification().beforeFlush(last);
            last.flush();
        }
    }

    /** A failure as the caller of the request sees it. */
    public DiskException failure(Throwable e) {
        return Failures.of(last().shown(), e);
    }
}
