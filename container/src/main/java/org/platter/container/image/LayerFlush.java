// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.io.IOException;
import org.platter.container.format.Failures;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;

/**
 * Makes an image durable, and remembers when that failed. A flush of the image keeps those waiting that need new blocks,
 * so most of what was written is flushed before anybody is held off; what is left is the map and what came meanwhile.
 *
 * <p>A flush that fails is not tried again, with one exception: a host that is full has refused what the image still keeps
 * and will write once there is room, provided that all that was written before is durable. Any other failure may have
 * lost pages that the host counts as clean from then on; a second flush would succeed and mean nothing.
 */
final class LayerFlush {
    /** Bytes written since the last flush from which on the storages are flushed before anybody has to wait. */
    private static final long MUCH = 256 << 10;

    private final ChainLayer layer;
    private long unflushed; // a hint, bytes: updates that race may get lost

    LayerFlush(ChainLayer layer) {
        this.layer = layer;
    }

    /** Says that so many bytes have been written. */
    void wrote(long bytes) {
        unflushed += bytes;
    }

    /** Makes the image durable, then runs while nobody changes its map. */
    <T> T stillAndFlushed(ChainLayer.Still<T> work) throws DiskException {
        try {
            flushAhead();
            return layer.image().still(open -> {
                flushNow(open);
                return work.run(open);
            });
        } finally {
            layer.loss().tellIfPresent();
        }
    }

    /**
     * Makes copies durable that the images above have too. If that fails the image cannot be trusted and is to be opened
     * anew, but the disk has lost nothing and goes on.
     */
    void flushCopies() throws DiskException {
        flushAhead();
        layer.image().still(open -> {
            flushNow(open);
            return null;
        });
    }

    private void flushAhead() throws DiskException {
        layer.loss().require();
        if (unflushed > MUCH && !layer.readOnly()) {
            try {
                layer.storages().flush();
            } catch (IOException | RuntimeException | Error e) {
                throw layer.loss().remember("lost a flush", Failures.of(layer.shown(), e));
            }
        }
        unflushed = 0;
    }

    private void flushNow(Image open) throws DiskException {
        if (layer.readOnly()) {
            return;
        }
        try {
            open.flush();
        } catch (IOException e) {
            DiskException failure = Failures.at(layer.shown(), e);
            throw mayBeTriedAgain(failure) ? failure : layer.loss().remember("lost a flush", failure);
        } catch (RuntimeException | Error e) {
            throw layer.loss()
                    .remember("lost a flush", Failures.bug(layer.format(), e).at(layer.shown()));
        }
    }

    /** A full host has refused what the image keeps and will write again, if all that was written before is durable. */
    private boolean mayBeTriedAgain(DiskException failure) {
        if (failure.code() != ErrorCode.DISK_FULL) {
            return false;
        }
        try {
            layer.storages().flush();
            return true;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }
}
