// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.platter.container.chain.Chain;
import org.platter.container.data.DirtyRanges;
import org.platter.container.data.TrackingStorage;
import org.platter.container.format.Failures;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerOpening;
import org.platter.container.image.LayerStorages;
import org.platter.container.structure.Move.Progress;
import org.platter.error.DiskException;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;
import org.platter.storage.StorageProvider.Mode;

/**
 * Copies the files of an image that is in use, and lets it go on with the copies. While the bulk is copied requests go
 * on and what they change is noted; rounds of what was changed follow, and the copies are made durable. Only the last few
 * changes are copied with nobody inside. The old files go last, when the image is open at the new place.
 *
 * <p>Rule of crash order: until the last round is durable only the old files count, and a crash leaves copies that nobody
 * refers to. Between that and the deletion both are whole and the same. An image whose files change faster than they are
 * copied is not chased for ever: after {@value #ROUNDS} rounds the rest is copied with nobody inside, however much it is.
 */
final class MoveByCopy {
    private static final int STEP = 16 << 20;
    private static final int FEW = 8; // stretches that are copied with nobody inside
    private static final int ROUNDS = 8;

    private final Chain chain;
    private final ChainLayer layer;
    private final URI target;
    private final Map<URI, URI> places;
    private final Move move;
    private final StorageProvider from;
    private final StorageProvider to;
    private final LayerStorages before;
    private final List<FileCopy> copies = new ArrayList<>();

    MoveByCopy(Chain chain, ChainLayer layer, URI target, Map<URI, URI> places, Move move) throws DiskException {
        this.chain = chain;
        this.layer = layer;
        this.target = target;
        this.places = places;
        this.move = move;
        before = layer.storages();
        from = before.provider();
        to = chain.formats().storages(target);
    }

    /** One file that is read and the one that is written; both stay open until the end. */
    private record FileCopy(URI source, Storage input, URI target, Storage output) {}

    void run(Progress progress) throws DiskException {
        Map<URI, DirtyRanges> changed = Map.of();
        try {
            changed = chain.alone(alone -> watch());
            for (Map.Entry<URI, URI> place : places.entrySet()) {
                copy(place.getKey(), place.getValue(), progress);
            }
            for (int round = 0; round < ROUNDS && count(changed) > FEW; round++) {
                copyChanged(changed, count(changed));
                progress.advance(0);
            }
            for (FileCopy copy : copies) {
                copy.output().flush();
            }
            progress.advance(0);
            Map<URI, DirtyRanges> rest = changed;
            chain.alone(alone -> {
                goOnThere(rest);
                return null;
            });
        } catch (IOException | RuntimeException e) {
            DiskException shown = Failures.of(layer.shown(), e);
            undo(shown);
            throw shown;
        }
        deleteOld();
    }

    /** Has the image written through storages that note the changes. */
    private Map<URI, DirtyRanges> watch() throws DiskException {
        if (layer.readOnly()) {
            return Map.of();
        }
        layer.reopening().rest();
        Map<URI, DirtyRanges> changed = new java.util.LinkedHashMap<>();
        before.replace(storage -> {
            TrackingStorage tracking = new TrackingStorage(storage);
            changed.put(storage.location(), tracking.changed());
            return tracking;
        });
        try {
            layer.attach();
        } catch (DiskException e) {
            unwatch();
            layer.reopening().attachAfter(e);
            throw e;
        }
        return changed;
    }

    /** Without the notes, on the same files; the image is closed, or gone elsewhere. */
    private void unwatch() {
        before.replace(storage -> storage instanceof TrackingStorage tracking ? tracking.below() : storage);
    }

    /** One file as it is found, holes left out. Its end may move meanwhile: the last round sets it. */
    private void copy(URI source, URI place, Progress progress) throws IOException {
        Storage input = from.open(source, Set.of());
        FileCopy copy;
        try {
            copy = new FileCopy(source, input, place, to.open(place, EnumSet.of(Mode.CREATE)));
        } catch (IOException | RuntimeException e) {
            input.close();
            throw e;
        }
        copies.add(copy);
        long size = input.size();
        copy.output().resize(size);
        for (long at = input.nextData(0); at < size; at = input.nextData(at)) {
            long end = Math.min(Math.max(input.nextHole(at), at + 1), Math.min(size, at + STEP));
            transfer(copy, at, end);
            progress.advance(end - at);
            at = end;
        }
    }

    /** The file may have become shorter since: then there is nothing to copy. */
    private static void transfer(FileCopy copy, long start, long end) throws IOException {
        long last = Math.min(end, copy.input().size());
        if (last > start) {
            copy.input().transferTo(start, last - start, copy.output(), start);
        }
    }

    /** How many stretches have been changed and not been copied since, of all files. */
    private static int count(Map<URI, DirtyRanges> changed) {
        return changed.values().stream().mapToInt(DirtyRanges::count).sum();
    }

    /** Copies at most so many of the noted stretches; each note is taken before its stretch is read. */
    private void copyChanged(Map<URI, DirtyRanges> changed, int most) throws IOException {
        int left = most;
        for (FileCopy copy : copies) {
            DirtyRanges ranges = changed.get(copy.source());
            for (long at = ranges == null ? -1 : ranges.take(); at >= 0; at = left-- > 0 ? ranges.take() : -1) {
                transfer(copy, at, at + DirtyRanges.UNIT);
            }
        }
    }

    /** Nobody is inside: what is left is copied, and the image opens at the new place. */
    private void goOnThere(Map<URI, DirtyRanges> changed) throws DiskException {
        layer.reopening().rest();
        try {
            copyChanged(changed, Integer.MAX_VALUE);
            for (FileCopy copy : copies) {
                copy.output().resize(copy.input().size());
                copy.output().flush();
            }
            closeCopies();
            LayerStorages there =
                    LayerOpening.storages(chain.formats(), layer.format(), target, before.external(), layer.flags());
            layer.relocate(there);
            move.tellFormat(there, places);
            layer.attach();
        } catch (IOException | RuntimeException e) {
            DiskException shown = Failures.of(layer.shown(), e);
            stay(shown);
            throw shown;
        }
        unwatch();
        closeAfter(before, null);
    }

    /** Back to the old files; nobody is inside. */
    private void stay(DiskException cause) {
        if (layer.storages() != before) {
            closeAfter(layer.storages(), cause);
            layer.relocate(before);
        }
        unwatch();
        layer.reopening().attachAfter(cause);
    }

    /** After a failure: the image does without the notes again, and the copies go. */
    private void undo(DiskException cause) {
        if (layer.storages() == before && layer.lost().isEmpty()) {
            try {
                chain.alone(alone -> {
                    if (layer.attached() && before.contains(TrackingStorage.class)) {
                        layer.reopening().rest();
                        stay(cause);
                    }
                    return null;
                });
            } catch (DiskException e) {
                cause.addSuppressed(e);
            }
        }
        closeCopiesAfter(cause);
        for (FileCopy copy : copies) {
            try {
                to.delete(copy.target());
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }

    private void closeCopies() throws IOException {
        for (FileCopy copy : copies) {
            copy.input().close();
            copy.output().close();
        }
    }

    private void closeCopiesAfter(DiskException cause) {
        try {
            closeCopies();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static void closeAfter(LayerStorages storages, DiskException cause) {
        try {
            storages.close();
        } catch (IOException e) {
            if (cause != null) {
                cause.addSuppressed(e);
            }
        }
    }

    /** Last of all: the image is open at its new place, so a failure here costs space and nothing else. */
    private void deleteOld() throws DiskException {
        for (URI file : places.keySet()) {
            try {
                from.delete(file);
            } catch (IOException e) {
                throw Failures.at(file, e);
            }
        }
    }
}
