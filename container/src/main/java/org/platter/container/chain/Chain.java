// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.platter.disk.DiskOptions;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The images of one disk and the ways to read and write them. Requests go through {@link #gate()}; the list of images
 * and the images themselves change only while the gate is closed, under {@link #structure}. Lock order: structure, gate,
 * range, changes of one image; no request holds two ranges.
 */
public final class Chain {
    private static final ChainLayer[] NONE = {};

    private final Formats formats;
    private final DiskOptions options;
    private final Gate gate = new Gate();
    private final RangeLocks locks = new RangeLocks();
    private final Modification modification = new Modification();
    private final Swap swap;
    private final Access access;

    final ReentrantLock structure = new ReentrantLock();
    private volatile ChainLayer[] layers = NONE;
    private volatile DirtyRanges dirty; // null unless somebody watches

    /** An empty chain. */
    public Chain(Formats formats, DiskOptions options, Swap.Watcher watcher) {
        this.formats = formats;
        this.options = options;
        swap = new Swap(this, watcher);
        access = new Access(options.listener());
    }

    public Formats formats() {
        return formats;
    }

    public DiskOptions options() {
        return options;
    }

    public Gate gate() {
        return gate;
    }

    /** Whom accesses are told of. */
    public Access access() {
        return access;
    }

    public RangeLocks locks() {
        return locks;
    }

    public Swap swap() {
        return swap;
    }

    /** Base first; never changes itself. */
    public List<ChainLayer> layers() {
        return List.of(layers);
    }

    ChainLayer[] array() {
        return layers;
    }

    /** The last image. */
    public ChainLayer last() throws DiskException {
        ChainLayer[] now = layers;
        if (now.length == 0) {
            throw new DiskException(ErrorCode.NOT_OPENED, "the disk has no image; open or create one first");
        }
        return now[now.length - 1];
    }

    /** Its place, or {@code IMAGE_NOT_FOUND}. */
    public int index(ChainLayer layer) throws DiskException {
        int index = Arrays.asList(layers).indexOf(layer);
        if (index < 0) {
            throw new DiskException(ErrorCode.IMAGE_NOT_FOUND, layer.shown() + " is not open in this disk");
        }
        return index;
    }

    /** What the disk reads as from image {@code top} down; used inside the gate. */
    public View view(int top) {
        return new View(layers, top, 0);
    }

    /** What the whole disk reads as; used inside the gate. */
    public View view() {
        ChainLayer[] now = layers;
        return new View(now, now.length - 1, 0);
    }

    /** Writes to the last image; used inside the gate. */
    public Writer writer() throws DiskException {
        return new Writer(last(), view(), locks);
    }

    // --- requests, inside the gate ---

    /** Something done inside the gate. */
    public interface Inside {
        void run() throws IOException;
    }

    /** Reads, inside the gate. */
    public void reading(Inside work) throws DiskException {
        access.startRead();
        try {
            inside(work);
        } finally {
            access.finishRead();
        }
    }

    /** Changes something, inside the gate. */
    public void writing(Inside work) throws DiskException {
        access.startWrite();
        try {
            inside(work);
        } finally {
            access.finishWrite();
        }
    }

    /** Goes in, does it and goes out; failures name the last image. */
    public void inside(Inside work) throws DiskException {
        gate.enter();
        try {
            work.run();
        } catch (IOException e) {
            throw failure(e);
        } finally {
            gate.leave();
        }
    }

    /** A failure of a request as its caller sees it. */
    DiskException failure(IOException e) {
        ChainLayer[] now = layers;
        return Failures.at(now.length == 0 ? "disk" : now[now.length - 1].shown(), e);
    }

    /** Stores the rest of {@code src}. */
    public void write(ByteBuffer src, long offset) throws IOException {
        long length = src.remaining();
        beforeWrite();
        writer().write(src, offset);
        written(offset, length);
    }

    /** Makes the range read as zeroes. */
    public void zero(long offset, long length) throws IOException {
        beforeWrite();
        writer().zero(offset, length);
        written(offset, length);
    }

    /** Lets whole blocks of the range go. */
    public void discard(long offset, long length) throws IOException {
        beforeWrite();
        writer().discard(offset, length);
        written(offset, length);
    }

    private void written(long offset, long length) {
        DirtyRanges watched = dirty;
        if (watched != null) {
            watched.mark(offset, length);
        }
    }

    /** From now on says where the last image is written; null ends that. */
    public void watchWrites(DirtyRanges ranges) {
        dirty = ranges;
    }

    /** Reads with the range held. */
    public void read(ByteBuffer dst, long offset) throws IOException {
        View view = view();
        int limit = dst.limit();
        long at = offset;
        while (dst.position() < limit) {
            int length = Math.min(limit - dst.position(), 4 << 20);
            try (RangeLocks.Held held = locks.shared(at, length)) {
                view.read(dst.limit(dst.position() + length), at);
            } finally {
                dst.limit(limit);
            }
            at += length;
        }
    }

    /** What a change of the last image's content must do first. */
    public void beforeWrite() throws DiskException {
        ChainLayer last = last();
        if (last.readOnly()) {
            throw new DiskException(ErrorCode.READ_ONLY, last.shown() + " is open for reading only");
        }
        modification.beforeWrite(last);
    }

    /** Makes the last image durable. */
    public void flush() throws DiskException {
        ChainLayer last = last();
        if (!last.readOnly()) {
            modification.beforeFlush(last);
            last.flush();
        }
    }

    // --- structure ---

    /** A change of the list or the images themselves. */
    public interface Restructuring<T> {
        T run() throws DiskException;
    }

    /** Runs a change with nobody inside the gate; waits while the disk is suspended. */
    public <T> T exclusive(Restructuring<T> change) throws DiskException {
        return access.writing(() -> alone(change));
    }

    private <T> T alone(Restructuring<T> change) throws DiskException {
        while (true) {
            gate.enter();
            gate.leave();
            structure.lock();
            try {
                if (swap.suspended()) {
                    continue;
                }
                gate.close();
                try {
                    return change.run();
                } finally {
                    gate.open();
                }
            } finally {
                structure.unlock();
            }
        }
    }

    /** Puts an image on top; the one below becomes read-only. On failure the image is not part of the chain. */
    void push(ChainLayer layer) throws DiskException {
        ChainLayer[] before = layers;
        if (before.length > 0) {
            ChainLayer below = before[before.length - 1];
            if (!below.readOnly()) {
                below.reopen(with(below.flags(), OpenFlag.READ_ONLY));
            }
        }
        ChainLayer[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = layer;
        layers = after;
        arm();
    }

    /** A new image that its caller wants for reading only becomes that now. */
    void settleAfterCreate(ChainLayer layer) throws DiskException {
        if (layer.wanted().contains(OpenFlag.READ_ONLY)) {
            layer.reopen(layer.wanted());
            arm();
        }
    }

    /** Takes out images {@code from} to {@code to}, exclusive; they are not closed. */
    List<ChainLayer> remove(int from, int to) {
        List<ChainLayer> rest = new ArrayList<>(Arrays.asList(layers));
        List<ChainLayer> part = rest.subList(from, to);
        List<ChainLayer> removed = List.copyOf(part);
        part.clear();
        layers = rest.toArray(NONE);
        arm();
        return removed;
    }

    /** Puts other images below the last one; gives those that were there. */
    List<ChainLayer> replaceBelow(List<ChainLayer> fresh) {
        ChainLayer[] before = layers;
        List<ChainLayer> after = new ArrayList<>(fresh);
        after.add(before[before.length - 1]);
        layers = after.toArray(NONE);
        return List.of(before).subList(0, before.length - 1);
    }

    private void arm() {
        ChainLayer[] now = layers;
        if (now.length > 0 && !now[now.length - 1].readOnly()) {
            modification.arm();
        } else {
            modification.disarm();
        }
    }

    /** Gives the last image the flags its caller asked for, and every other one the same for reading only. */
    void settle() throws DiskException {
        ChainLayer[] now = layers;
        for (int i = 0; i < now.length; i++) {
            ChainLayer layer = now[i];
            boolean reading = i < now.length - 1 || layer.wanted().contains(OpenFlag.READ_ONLY);
            if (layer.readOnly() && !reading) {
                writable(layer);
            } else if (!layer.readOnly() && reading) {
                layer.retreat(with(layer.flags(), OpenFlag.READ_ONLY)); // all that it may lose is copies
            }
        }
        arm();
    }

    private static void writable(ChainLayer layer) throws DiskException {
        try {
            layer.reopen(layer.wanted());
        } catch (DiskException e) {
            if (layer.image() == null) {
                throw e;
            }
            // it stays for reading, as an open would have fallen back to
        }
    }

    /** Opens the image for writing, or fails. */
    void makeWritable(ChainLayer layer) throws DiskException {
        if (layer.readOnly()) {
            Set<OpenFlag> flags = with(layer.flags());
            flags.remove(OpenFlag.READ_ONLY);
            layer.reopen(flags);
        }
    }

    static Set<OpenFlag> with(Set<OpenFlag> flags, OpenFlag... more) {
        Set<OpenFlag> all = EnumSet.noneOf(OpenFlag.class);
        all.addAll(flags);
        all.addAll(Arrays.asList(more));
        return all;
    }

    /** Takes the last image away; the one below gets its flags back. */
    void pop(Disposal disposal) throws DiskException {
        ChainLayer leaving = last();
        remove(layers.length - 1, layers.length);
        try {
            Departure.of(leaving, disposal);
        } finally {
            settle();
        }
    }

    /** Closes all images, the last first; the first failure is thrown at the end. Works on a suspended disk too. */
    public void close() throws DiskException {
        structure.lock();
        try {
            gate.close();
            ChainLayer[] leaving = layers;
            layers = NONE;
            modification.disarm();
            swap.clear();
            List<ChainLayer> lastFirst = Arrays.asList(leaving.clone());
            Collections.reverse(lastFirst);
            Departure.of(lastFirst, Disposal.KEEP);
        } finally {
            gate.open();
            structure.unlock();
        }
    }
}
