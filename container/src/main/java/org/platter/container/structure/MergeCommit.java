// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.platter.container.chain.Alone;
import org.platter.container.chain.Chain;
import org.platter.container.data.DirtyRanges;
import org.platter.container.format.Failures;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerClose;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;
import org.platter.format.Capability;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;

/**
 * What a merge changes besides data: flags before and after, links, the list of images. The order of the durable steps
 * lets a chain open whatever happens in between: a link that would not fit for a moment says "unknown".
 *
 * <p>Rule of ownership: only the images from the one end to the other and the one above them are opened anew or
 * watched here. Others may belong to a job that runs beside.
 */
public final class MergeCommit {
    private final Chain chain;
    private final ChainLayer from;
    private final ChainLayer into;
    private List<ChainLayer> own = List.of(); // what the merge may open anew
    private boolean watching;

    /** For a merge of the images between the two. */
    public MergeCommit(Chain chain, ChainLayer from, ChainLayer into) {
        this.chain = chain;
        this.from = from;
        this.into = into;
    }

    /** Something done with nobody inside the disk. */
    public interface Last {
        void run(Alone alone) throws IOException;
    }

    /**
     * Makes the destination, and what else will get another link, writable; from now on writes to the disk are noted.
     *
     * @param writes where to note them, or null if the disk is not written where this merge reads
     */
    public void prepare(DirtyRanges writes) throws DiskException {
        chain.alone(alone -> {
            own = owned();
            try {
                alone.makeWritable(into);
                ChainLayer relinked = relinked();
                if (relinked != null) {
                    alone.makeWritable(relinked);
                }
            } catch (DiskException e) {
                alone.settle(own);
                throw e;
            }
            if (writes != null) {
                alone.watchWrites(writes);
                watching = true;
            }
            return null;
        });
    }

    /** The images from the one end to the other, and the one above them. */
    private List<ChainLayer> owned() throws DiskException {
        int low = Math.min(chain.index(from), chain.index(into));
        int high = Math.max(chain.index(from), chain.index(into));
        return List.copyOf(chain.layers().subList(low, Math.min(chain.layers().size(), high + 2)));
    }

    /** Backward: the image above those that go, else null. */
    private ChainLayer child() throws DiskException {
        int top = chain.index(from);
        List<ChainLayer> layers = chain.layers();
        return top > chain.index(into) && top < layers.size() - 1 ? layers.get(top + 1) : null;
    }

    /** Backward: the image that is linked to the destination before others go, else null. */
    private ChainLayer relinked() throws DiskException {
        ChainLayer child = child();
        return child == null && chain.index(from) > chain.index(into) + 1 ? from : child;
    }

    /** Puts the flags back after a failure. */
    public void abandon(Throwable cause) {
        try {
            chain.alone(alone -> {
                unwatch(alone);
                alone.settle(own);
                return null;
            });
        } catch (DiskException e) {
            cause.addSuppressed(e);
        }
    }

    /** Completes the data with nobody inside, changes the links and deletes the images that are merged. */
    public void finish(Last data) throws DiskException {
        chain.alone(alone -> {
            unwatch(alone);
            try {
                complete(alone, data);
            } catch (DiskException e) {
                settleAfter(alone, e);
                throw e;
            }
            alone.settle(own);
            return null;
        });
    }

    /** Another merge, of other images, may be the one that watches. */
    private void unwatch(Alone alone) {
        if (watching) {
            watching = false;
            alone.watchWrites(null);
        }
    }

    /** The failure of the merge is what is told, not that of the flags after it. */
    private void settleAfter(Alone alone, DiskException cause) {
        try {
            alone.settle(own);
        } catch (DiskException e) {
            cause.addSuppressed(e);
        }
    }

    private void complete(Alone alone, Last data) throws DiskException {
        try {
            data.run(alone);
        } catch (IOException e) {
            throw Failures.at(into.shown(), e);
        }
        into.flush();
        int first = chain.index(from);
        int destination = chain.index(into);
        if (first < destination) {
            forward(alone, first, destination);
        } else {
            backward(alone, first, destination);
        }
    }

    private void forward(Alone alone, int first, int destination) throws DiskException {
        if (first == 0) {
            link(into, ParentLink.NONE);
        } else {
            link(into, ChainEditor.linkTo(into.place(), chain.layers().get(first - 1)));
        }
        LayerClose.of(alone.remove(first, destination), Disposal.DELETE);
    }

    private void backward(Alone alone, int first, int destination) throws DiskException {
        ChainLayer child = child();
        if (child != null) {
            link(child, unsure());
        } else if (relinked() != null) {
            link(from, ChainEditor.linkTo(from.place(), into)); // the way to all data while those between go
        }
        List<ChainLayer> merged = alone.remove(destination + 1, first + 1);
        if (child == null) {
            into.succeed(from.wanted());
            LayerClose.of(merged, Disposal.DELETE);
            renew(); // it takes the place of the last image
        } else {
            renew();
            link(child, ChainEditor.linkTo(child.place(), into));
            LayerClose.of(merged, Disposal.DELETE);
        }
    }

    private ParentLink unsure() {
        ImageInfo info = into.info();
        ParentLink link = ChainEditor.linkTo(from.place(), into);
        return new ParentLink(info.uuid(), ParentLink.NIL, "", link.hints(), link.format());
    }

    private void renew() throws DiskException {
        if (into.info().can(Capability.UUIDS)) {
            into.update(ImageAttributes.NONE.withModificationUuid(UUID.randomUUID()));
            into.flush();
        }
    }

    private static void link(ChainLayer layer, ParentLink link) throws DiskException {
        layer.update(ImageAttributes.NONE.withParent(link));
        layer.flush();
    }
}
