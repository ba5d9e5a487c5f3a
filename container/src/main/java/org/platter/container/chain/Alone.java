// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.platter.container.data.DirtyRanges;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerClose;
import org.platter.container.image.OpenFlags;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;

/**
 * Nobody else is inside a disk: its images may come, go and be opened anew. Made by {@link Chain#alone}, for its time.
 *
 * <p>All I/O of the disk waits meanwhile, so what is done here takes milliseconds: opening and closing images, exchanging
 * the list, a last flush of what has been flushed just before. Bulk data is copied before, by steps that enter like any
 * request. Whoever is alone holds the structure, and must neither enter the gate nor wait for a job.
 */
public final class Alone {
    private final Chain chain;

    Alone(Chain chain) {
        this.chain = chain;
    }

    /** Base first. */
    public List<ChainLayer> layers() {
        return chain.layers();
    }

    /** Puts an image on top; the one below becomes read-only. On failure the image is not part of the chain. */
    public void push(ChainLayer layer) throws DiskException {
        List<ChainLayer> after = new ArrayList<>(chain.layers());
        if (!after.isEmpty()) {
            ChainLayer below = after.get(after.size() - 1);
            if (!below.readOnly()) {
                below.reopening().reopen(OpenFlags.with(below.flags(), OpenFlag.READ_ONLY));
            }
        }
        after.add(layer);
        chain.stack(after);
    }

    /** A new image that its caller wants for reading only becomes that now. */
    public void settleAfterCreate(ChainLayer layer) throws DiskException {
        if (layer.wanted().contains(OpenFlag.READ_ONLY)) {
            layer.reopening().reopen(layer.wanted());
            chain.arm();
        }
    }

    /** Takes out images {@code from} to {@code to}, exclusive; they are not closed. */
    public List<ChainLayer> remove(int from, int to) {
        List<ChainLayer> rest = new ArrayList<>(chain.layers());
        List<ChainLayer> part = rest.subList(from, to);
        List<ChainLayer> removed = List.copyOf(part);
        part.clear();
        chain.stack(rest);
        return removed;
    }

    /** Puts other images below the last one; gives those that were there. */
    public List<ChainLayer> replaceBelow(List<ChainLayer> fresh) {
        List<ChainLayer> before = chain.layers();
        List<ChainLayer> after = new ArrayList<>(fresh);
        after.add(before.get(before.size() - 1));
        chain.stack(after);
        return before.subList(0, before.size() - 1);
    }

    /**
     * Gives the last image the flags its caller asked for, and every other one the same for reading only; of those that
     * the caller owns. A job that runs beside may have others open for writing.
     */
    public void settle(Collection<ChainLayer> own) throws DiskException {
        List<ChainLayer> now = chain.layers();
        for (int i = 0; i < now.size(); i++) {
            ChainLayer layer = now.get(i);
            if (!own.contains(layer)) {
                continue;
            }
            if (!layer.attached()) {
                continue; // lost: it stays so until somebody opens it anew
            }
            boolean reading = i < now.size() - 1 || layer.wanted().contains(OpenFlag.READ_ONLY);
            if (layer.readOnly() && !reading) {
                writable(layer);
            } else if (!layer.readOnly() && reading) {
                layer.reopening()
                        .retreat(OpenFlags.with(layer.flags(), OpenFlag.READ_ONLY)); // all that it may lose is copies
            }
        }
        chain.arm();
    }

    private static void writable(ChainLayer layer) throws DiskException {
        try {
            layer.reopening().reopen(layer.wanted());
        } catch (DiskException e) {
            if (!layer.attached()) {
                throw e;
            }
            // it stays for reading, as an open would have fallen back to
        }
    }

    /** Opens the image for writing, or fails. */
    public void makeWritable(ChainLayer layer) throws DiskException {
        if (layer.readOnly()) {
            layer.reopening().reopen(OpenFlags.without(layer.flags(), OpenFlag.READ_ONLY));
        }
    }

    /** From now on says where requests write; null ends that. Nobody is inside who has not heard of it. */
    public void watchWrites(DirtyRanges into) {
        chain.watchWrites(into);
    }

    /** A view of images as they are now. */
    public Inside inside() {
        return chain.insideAlone();
    }

    /** Takes the last image away; the one below gets its flags back. */
    public void pop(Disposal disposal) throws DiskException {
        ChainLayer leaving = chain.last();
        try {
            LayerClose.of(leaving, disposal);
        } finally {
            int last = chain.layers().size() - 1;
            remove(last, last + 1); // not before: who asks for the image meanwhile is told that it is being closed
            if (last > 0) {
                settle(List.of(chain.last()));
            }
        }
    }

    /** Closes all images, the last first; the first failure is thrown at the end. */
    public void closeAll() throws DiskException {
        List<ChainLayer> lastFirst = new ArrayList<>(remove(0, chain.layers().size()));
        Collections.reverse(lastFirst);
        LayerClose.of(lastFirst, Disposal.KEEP);
    }
}
