// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.platter.container.chain.Chain;
import org.platter.container.format.Drafts;
import org.platter.container.format.Failures;
import org.platter.container.format.Locations;
import org.platter.container.format.Platform;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerOpening;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.StorageProvider;
import org.platter.storage.StorageProvider.Trait;

/**
 * How a new image gets its name: it is made as a draft beside its place and renamed when it is complete, so nothing that
 * is not finished ever has the name of something that is. An image that is there stays until the new one takes its place
 * in one step; then its other files go.
 */
public final class Publication {
    private static final int MOST_DRAFTS = 1000; // files that are looked at

    private final Chain target;
    private final URI place;
    private final URI draft;
    private final boolean replaces;
    private final Set<URI> old;
    private boolean published;

    private Publication(Chain target, URI place, URI draft, boolean replaces, Set<URI> old) {
        this.target = target;
        this.place = place;
        this.draft = draft;
        this.replaces = replaces;
        this.old = old;
    }

    /**
     * The publication of an image of {@code target} at {@code place}.
     *
     * @param source images that must not give way
     * @throws DiskException {@code EXISTS} if something is there and is not to be, or must not be, replaced
     */
    public static Publication of(Chain target, URI place, boolean replaces, List<ChainLayer> source)
            throws DiskException {
        StorageProvider provider = target.formats().storages(place);
        if (!provider.traits(place).contains(Trait.RENAME)) {
            return new Publication(target, place, place, false, Set.of());
        }
        try {
            boolean exists = provider.exists(place);
            if (exists && !replaces) {
                throw new DiskException(ErrorCode.EXISTS, Locations.show(place) + " exists already");
            }
            Set<URI> old = exists ? files(target.formats(), place, source) : Set.of();
            sweep(provider, place);
            URI draft = Locations.sibling(place, Drafts.of(Locations.name(place)));
            return new Publication(target, place, draft, exists, old);
        } catch (IOException e) {
            throw Failures.at(place, e);
        }
    }

    /**
     * Deletes what processes that were killed have left of images for this very place. A draft that is being made is locked,
     * and stays with all its parts.
     */
    private static void sweep(StorageProvider provider, URI place) {
        try {
            List<URI> first = provider.siblings(place, MOST_DRAFTS); // in order: a dot comes before letters
            for (URI main : first) {
                if (Drafts.isOf(Locations.name(main), Locations.name(place)) && deleted(provider, main)) {
                    first.stream()
                            .filter(part ->
                                    !part.equals(main) && Drafts.together(Locations.name(main), Locations.name(part)))
                            .forEach(part -> deleted(provider, part));
                }
            }
        } catch (IOException e) {
            // a folder that cannot be looked at can still get a new image
        }
    }

    private static boolean deleted(StorageProvider provider, URI file) {
        try {
            provider.delete(file);
            return true;
        } catch (IOException e) {
            return false; // somebody has it open
        }
    }

    /** The files of the image that gives way, as many as can be told; the one file if it is none. */
    private static Set<URI> files(Platform formats, URI place, List<ChainLayer> source) throws DiskException {
        Set<URI> files = new LinkedHashSet<>(Set.of(place));
        try {
            ChainLayer layer = LayerOpening.open(formats, OpenRequest.of(place).with(OpenFlag.INFO));
            try {
                if (layer.readOnly()) {
                    throw new DiskException(
                            ErrorCode.LOCKED, layer.shown() + " is write-protected, or somebody else has it open");
                }
                files.addAll(layer.ownFiles());
            } finally {
                layer.close();
            }
        } catch (DiskException e) {
            if (e.code() == ErrorCode.LOCKED || e.code() == ErrorCode.DENIED) {
                throw e;
            }
            // it is no image, or too damaged to say what belongs to it: the one file gives way
        }
        for (ChainLayer layer : source) {
            if (layer.files().stream().anyMatch(files::contains)) {
                throw new DiskException(
                        ErrorCode.EXISTS, Locations.show(place) + " is part of what is to be converted");
            }
        }
        return files;
    }

    /** Where the image is made. */
    public URI draft() {
        return draft;
    }

    /** True once the image has its name: from then on it is not taken back. */
    public boolean published() {
        return published;
    }

    /** The image is complete and gets its name; what has given way goes. */
    public void publish(ChainLayer made) throws DiskException {
        if (draft.equals(place)) {
            return;
        }
        Move.ofDraft(target, made, place, replaces).run(bytes -> {});
        published = true;
        Set<URI> leftOver = new LinkedHashSet<>(old);
        leftOver.removeAll(made.files());
        StorageProvider provider = made.storages().provider();
        for (URI file : leftOver) {
            try {
                if (provider.exists(file)) {
                    provider.delete(file);
                }
            } catch (IOException e) {
                throw Failures.at(file, e);
            }
        }
    }
}
