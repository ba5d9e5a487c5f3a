// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import static org.platter.container.chain.Claims.Aspect.CONTENT;
import static org.platter.container.chain.Claims.Aspect.IMAGE;
import static org.platter.container.chain.Claims.Use.exclusive;
import static org.platter.container.chain.Claims.Use.shared;

import java.util.ArrayList;
import java.util.List;
import org.platter.container.chain.Claims;
import org.platter.container.chain.Claims.Use;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** What each operation claims: the table of docs/concurrency.md. */
public final class Needs {
    private Needs() {}

    /** To read what the disk is, seen from an image. */
    static Claims.Needs reading(ChainLayer layer) {
        return layers -> List.of(shared(present(layers, layer), CONTENT));
    }

    /** To read what the disk is. */
    static Claims.Needs readingLast() {
        return layers -> List.of(shared(last(layers), CONTENT));
    }

    /** To write to the last image as requests do, for as long as it is the disk's. */
    static Claims.Needs copyingInto() {
        return layers -> {
            if (layers.isEmpty()) {
                throw new DiskException(
                        ErrorCode.IMAGE_NOT_FOUND, "the target disk has no image and none is to be made");
            }
            return List.of(Use.size(false));
        };
    }

    /** To look at an image's structures. */
    static Claims.Needs checking(ChainLayer layer) {
        return layers -> List.of(shared(present(layers, layer), IMAGE));
    }

    /** To change an image and not what the disk is. */
    public static Claims.Needs changing(ChainLayer layer) {
        return layers -> List.of(exclusive(present(layers, layer), IMAGE));
    }

    /** To change an image and what the disk is. */
    static Claims.Needs replacing(ChainLayer layer) {
        return layers -> List.of(exclusive(present(layers, layer), CONTENT), exclusive(layer, IMAGE));
    }

    /** To change the last image and the size of the disk. */
    static Claims.Needs resizing() {
        return layers -> {
            List<Use> uses = new ArrayList<>(replacing(last(layers)).of(layers));
            uses.add(Use.size(true));
            return uses;
        };
    }

    /** To put an image on top, which makes the last one read-only. */
    public static Claims.Needs creating() {
        return layers -> layers.isEmpty() ? List.of(Use.top()) : List.of(Use.top(), exclusive(last(layers), IMAGE));
    }

    /** To take the last image away, which may make the one below writable. */
    public static Claims.Needs closingLast() {
        return layers -> {
            List<Use> uses = new ArrayList<>(resizing().of(layers));
            uses.add(Use.top());
            if (layers.size() > 1) {
                uses.add(exclusive(layers.get(layers.size() - 2), IMAGE));
            }
            return uses;
        };
    }

    /** To give the last image another parent. */
    static Claims.Needs rebase(boolean safe) {
        return layers -> {
            ChainLayer last = last(layers);
            List<Use> uses = new ArrayList<>();
            for (ChainLayer layer : layers) {
                uses.add(exclusive(layer, IMAGE));
                if (layer != last || !safe) {
                    uses.add(exclusive(layer, CONTENT));
                }
            }
            return uses;
        };
    }

    /** To merge the images from the one to the other; the one above them gets another link. */
    static Claims.Needs merge(ChainLayer from, ChainLayer into) {
        return layers -> {
            int first = layers.indexOf(present(layers, from));
            int destination = layers.indexOf(present(layers, into));
            int low = Math.min(first, destination);
            int high = Math.max(first, destination);
            List<Use> uses = new ArrayList<>();
            for (int i = low; i <= high; i++) {
                uses.add(exclusive(layers.get(i), IMAGE));
                if (i < high || first > destination) {
                    uses.add(exclusive(layers.get(i), CONTENT));
                }
            }
            if (high + 1 < layers.size()) {
                uses.add(exclusive(layers.get(high + 1), IMAGE));
            }
            return uses;
        };
    }

    private static ChainLayer present(List<ChainLayer> layers, ChainLayer layer) throws DiskException {
        if (!layers.contains(layer)) {
            throw new DiskException(ErrorCode.IMAGE_NOT_FOUND, layer.shown() + " is not open in this disk");
        }
        return layer;
    }

    private static ChainLayer last(List<ChainLayer> layers) throws DiskException {
        if (layers.isEmpty()) {
            throw new DiskException(ErrorCode.NOT_OPENED, "the disk has no image; open or create one first");
        }
        return layers.get(layers.size() - 1);
    }
}
