// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.platter.container.chain.Alone;
import org.platter.container.chain.Chain;
import org.platter.container.format.Locations;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerOpening;
import org.platter.disk.CreateRequest;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;

/**
 * Puts images into a chain and takes them out. Each call leaves the chain as it was if it fails.
 *
 * <p>Rule of order: the image that stops being the last is made read-only, which flushes it, before another one stands
 * on it. Its modification UUID does not change from then on, so the link that the child stores stays true. A new image
 * that fails late is deleted by who has made it, here, because nobody else knows that it is new.
 */
public final class ChainEditor {
    private ChainEditor() {}

    /** Opens an image on top. */
    public static ChainLayer open(Chain chain, OpenRequest request) throws DiskException {
        return chain.alone(alone -> openNow(alone, chain, request));
    }

    private static ChainLayer openNow(Alone alone, Chain chain, OpenRequest request) throws DiskException {
        ChainLayer layer = LayerOpening.open(chain.formats(), request);
        try {
            ParentCheck.check(alone.layers(), layer);
            alone.push(layer);
            return layer;
        } catch (DiskException | RuntimeException e) {
            closeAfter(layer, e);
            throw e;
        }
    }

    /** Opens an image and its parents in an empty chain. */
    public static ChainLayer openChain(Chain chain, OpenRequest request) throws DiskException {
        return chain.alone(alone -> {
            if (!alone.layers().isEmpty()) {
                throw new DiskException(ErrorCode.BAD_STATE, "the disk has images already");
            }
            ChainLayer top = null;
            try {
                for (Parents.Member image : new Parents(chain.formats(), request).chain()) {
                    top = openNow(alone, chain, image.request());
                    if (!image.note().isEmpty()) {
                        top.facts().note(image.note());
                    }
                }
                return top;
            } catch (DiskException | RuntimeException e) {
                for (ChainLayer layer : alone.remove(0, alone.layers().size())) {
                    closeAfter(layer, e);
                }
                throw e;
            }
        });
    }

    /** Makes an image: a base in an empty chain, else a differencing image on top. */
    public static ChainLayer create(Chain chain, CreateRequest request) throws DiskException {
        return chain.alone(alone -> {
            List<ChainLayer> below = alone.layers();
            ImageSpec spec = below.isEmpty() ? base(request) : diff(request, below.get(below.size() - 1));
            ChainLayer layer = LayerOpening.create(chain.formats(), request, spec);
            try {
                if (!below.isEmpty()) {
                    ParentCheck.check(below, layer);
                }
                alone.push(layer);
            } catch (DiskException | RuntimeException e) {
                closeAfter(layer, e);
                LayerOpening.discard(layer, e);
                throw e;
            }
            alone.settleAfterCreate(layer);
            return layer;
        });
    }

    private static ImageSpec base(CreateRequest request) throws DiskException {
        long size = request.size().orElse(0);
        if (size <= 0) {
            throw new DiskException(ErrorCode.BAD_SIZE, "a base image needs a size of more than 0 bytes");
        }
        if (request.flags().contains(ImageFlag.DIFF)) {
            throw new DiskException(ErrorCode.BAD_STATE, "a differencing image needs an image below it");
        }
        return spec(request, size, Optional.empty(), Optional.empty());
    }

    private static ImageSpec diff(CreateRequest request, ChainLayer parent) throws DiskException {
        if (request.flags().contains(ImageFlag.FIXED)) {
            throw new DiskException(ErrorCode.BAD_TYPE, "a differencing image cannot be fixed");
        }
        ImageInfo info = parent.info();
        ParentLink link = linkTo(request.location(), parent);
        return spec(request, info.size(), info.physical(), info.logical()).withParent(link);
    }

    /** The link that an image at {@code child} should store to have {@code parent} as its parent. */
    public static ParentLink linkTo(URI child, ChainLayer parent) {
        return ParentLink.to(parent.info(), List.of(Locations.relative(child, parent.place())))
                .withFormat(parent.format().name());
    }

    private static ImageSpec spec(
            CreateRequest request, long size, Optional<Geometry> physical, Optional<Geometry> logical) {
        Set<ImageFlag> flags = new HashSet<>(request.flags());
        flags.remove(ImageFlag.DIFF); // set by the parent link
        return new ImageSpec(
                size,
                flags,
                request.uuid().orElseGet(UUID::randomUUID),
                UUID.randomUUID(),
                Optional.empty(),
                request.comment().orElse(""),
                request.physical().or(() -> physical),
                request.logical().or(() -> logical),
                request.rawDisk());
    }

    /** Closes the last image. */
    public static void closeLast(Chain chain, Disposal disposal) throws DiskException {
        chain.alone(alone -> {
            alone.pop(disposal);
            return null;
        });
    }

    /** Changes the flags of an image. If neither new nor old flags work, all images are closed. */
    public static void openFlags(Chain chain, ChainLayer layer, Set<OpenFlag> flags) throws DiskException {
        chain.alone(alone -> {
            boolean last = chain.index(layer) == alone.layers().size() - 1;
            if (!last && !flags.contains(OpenFlag.READ_ONLY)) {
                throw new DiskException(
                        ErrorCode.BAD_STATE, layer.shown() + " has a child; only the last image can be written");
            }
            try {
                layer.reopening().openAnew(flags);
            } catch (DiskException e) {
                if (!layer.attached()) {
                    alone.remove(0, alone.layers().size()).forEach(lost -> closeAfter(lost, e));
                }
                throw e;
            }
            layer.want(flags);
            alone.settle(List.of(layer));
            return null;
        });
    }

    private static void closeAfter(ChainLayer layer, Exception cause) {
        try {
            layer.close();
        } catch (DiskException e) {
            cause.addSuppressed(e);
        }
    }
}
