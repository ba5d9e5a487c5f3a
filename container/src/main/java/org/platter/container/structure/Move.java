// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.platter.container.chain.Chain;
import org.platter.container.format.Failures;
import org.platter.container.format.Locations;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerContext;
import org.platter.container.image.LayerOpening;
import org.platter.container.image.LayerStorages;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.StorageProvider;

/**
 * Moves the files of an image: by rename where the host can, else by copying each while the disk is in use and deleting
 * the old ones at the end. After a failure everything is where it was, or the image says that it is lost.
 *
 * <p>Order of a rename: of an image in use the main file goes first and then its other files, whose new names are written
 * last: a format finds them under either name from wherever the main file is. A draft's main file goes last, when the
 * others are there and named: whoever finds something under the final name finds all of it.
 *
 * <p>Nobody is inside while names change. The image is closed then and its storages stay open, so a request that
 * comes later finds the same bytes under another name.
 */
public final class Move {
    private final Chain chain;
    private final ChainLayer layer;
    private final URI target;
    private final boolean draft;
    private final boolean replaces;

    private Move(Chain chain, ChainLayer layer, URI target, boolean draft, boolean replaces) {
        this.chain = chain;
        this.layer = layer;
        this.target = target;
        this.draft = draft;
        this.replaces = replaces;
    }

    /** Of an image of the chain, its main file to {@code target}, where nothing may be. */
    public static Move of(Chain chain, ChainLayer layer, URI target) {
        return new Move(chain, layer, target, false, false);
    }

    /** Of an image that is complete to its place; if an image may be there, it gives way in one step. */
    static Move ofDraft(Chain chain, ChainLayer layer, URI target, boolean replaces) {
        return new Move(chain, layer, target, true, replaces);
    }

    /** Told how many bytes more have been copied; may wait, and throw to stop. */
    public interface Progress {
        void advance(long bytes) throws DiskException;
    }

    /** Does it. */
    public void run(Progress progress) throws DiskException {
        if (layer.storages().provider() == null) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, layer.shown() + " is not a file and cannot be moved");
        }
        StorageProvider to = chain.formats().storages(target);
        Map<URI, URI> places = places(to);
        if (to != layer.storages().provider() || !chain.alone(alone -> renamed(places))) {
            new MoveByCopy(chain, layer, target, places, this).run(progress);
        }
    }

    /** The new place of each file, in the order in which they go. */
    private Map<URI, URI> places(StorageProvider provider) throws DiskException {
        String oldName = Locations.name(layer.place());
        String newName = Locations.name(target);
        Map<URI, URI> places = new LinkedHashMap<>();
        if (!draft) {
            places.put(layer.place(), target);
        }
        for (URI file : layer.ownFiles()) {
            if (!file.equals(layer.place())) {
                String moved = stem(newName) + suffix(Locations.name(file), stem(oldName));
                places.put(file, free(provider, Locations.sibling(target, moved)));
            }
        }
        places.put(layer.place(), target);
        if (!replaces) {
            refuse(provider, target);
        }
        if (Set.copyOf(places.values()).size() < places.size()) {
            throw new DiskException(ErrorCode.EXISTS, "two files of " + layer.shown() + " would get one name");
        }
        return places;
    }

    /** The place itself; where an image is replaced, one with a number behind its stem if the old image has a file there. */
    private URI free(StorageProvider provider, URI place) throws DiskException {
        if (!replaces) {
            return refuse(provider, place);
        }
        String name = Locations.name(place);
        URI free = place;
        for (int number = 2; exists(provider, free); number++) {
            free = Locations.sibling(
                    place, stem(name) + "-" + number + name.substring(stem(name).length()));
        }
        return free;
    }

    private static URI refuse(StorageProvider provider, URI place) throws DiskException {
        if (exists(provider, place)) {
            throw new DiskException(ErrorCode.EXISTS, Locations.show(place) + " exists already");
        }
        return place;
    }

    private static boolean exists(StorageProvider provider, URI place) throws DiskException {
        try {
            return provider.exists(place);
        } catch (IOException e) {
            throw Failures.at(place, e);
        }
    }

    private static String stem(String name) {
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static String suffix(String name, String stem) {
        return name.startsWith(stem) ? name.substring(stem.length()) : "-" + name;
    }

    /** False, with everything as it was, if the host cannot rename from the one place to the other. */
    private boolean renamed(Map<URI, URI> places) throws DiskException {
        StorageProvider provider = layer.storages().provider();
        URI source = layer.place();
        Map<URI, URI> done = new LinkedHashMap<>();
        boolean told = false;
        layer.reopening().rest();
        try {
            for (Map.Entry<URI, URI> place : places.entrySet()) {
                if (draft && place.getKey().equals(source)) {
                    told = true;
                    tellFormat(layer.storages(), places);
                }
                rename(provider, place.getKey(), place.getValue());
                done.put(place.getKey(), place.getValue());
                layer.storages().moved(layer.place(), file -> done.getOrDefault(file, file));
            }
            layer.storages().moved(target, file -> file);
            if (!draft) {
                told = true;
                tellFormat(layer.storages(), places);
            }
            layer.attach();
            return true;
        } catch (IOException | RuntimeException e) {
            DiskException shown = Failures.of(Locations.show(source), e);
            back(provider, source, done, told ? places : Map.of(), shown);
            if (!told && layer.lost().isEmpty() && shown.getSuppressed().length == 0) {
                return false;
            }
            throw shown;
        }
    }

    private void rename(StorageProvider provider, URI from, URI to) throws IOException {
        if (replaces && to.equals(target) && provider.exists(to)) {
            provider.replace(from, to);
        } else {
            provider.move(from, to);
        }
    }

    /** The way back from anywhere; what fails on it is told with the first failure. */
    private void back(
            StorageProvider provider, URI source, Map<URI, URI> done, Map<URI, URI> told, DiskException cause) {
        Map<URI, URI> inverse = inverse(done);
        inverse.forEach((now, before) -> {
            try {
                provider.move(now, before);
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        });
        layer.storages().moved(source, file -> inverse.getOrDefault(file, file));
        if (!told.isEmpty()) {
            tellFormatAfter(inverse(told), cause);
        }
        layer.reopening().attachAfter(cause);
    }

    private static Map<URI, URI> inverse(Map<URI, URI> places) {
        Map<URI, URI> inverse = new LinkedHashMap<>();
        places.forEach((from, to) -> inverse.put(to, from));
        return inverse;
    }

    /** Gives the format the new names of its files; that needs writing even where the disk only reads. */
    void tellFormat(LayerStorages files, Map<URI, URI> places) throws IOException {
        Map<String, String> names = new LinkedHashMap<>();
        places.forEach((from, to) -> names.put(Locations.name(from), Locations.name(to)));
        try {
            rename(files, names);
        } catch (DiskException e) {
            if (files.writable() || e.code() != ErrorCode.READ_ONLY) {
                throw e;
            }
            LayerStorages writing =
                    LayerOpening.storages(chain.formats(), layer.format(), layer.place(), files.external(), Set.of());
            try {
                rename(writing, names);
            } finally {
                writing.close();
            }
        }
    }

    private void tellFormatAfter(Map<URI, URI> places, Exception cause) {
        try {
            tellFormat(layer.storages(), places);
        } catch (IOException | RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private void rename(LayerStorages files, Map<String, String> names) throws IOException {
        LayerContext context = layer.context(layer.format(), files, files.writable());
        layer.format().backend().rename(context, name -> names.getOrDefault(name, name));
    }
}
