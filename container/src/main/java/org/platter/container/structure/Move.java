// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.platter.container.chain.Chain;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.Failures;
import org.platter.container.image.LayerContext;
import org.platter.container.image.LayerOpening;
import org.platter.container.image.LayerStorages;
import org.platter.container.image.Locations;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.StorageProvider;

/**
 * Moves the files of an image: by rename where the host can, else by copying each while the disk is in use and deleting
 * the old ones at the end. After a failure everything is where it was, or the image says that it is lost.
 */
public final class Move {
    private final Chain chain;
    private final ChainLayer layer;
    private final URI target;

    /** Of an image of the chain, its main file to {@code target}. */
    public Move(Chain chain, ChainLayer layer, URI target) {
        this.chain = chain;
        this.layer = layer;
        this.target = target;
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
        Map<URI, URI> places = places();
        StorageProvider to = chain.formats().storages(target);
        refuseExisting(to, places);
        if (to != layer.storages().provider() || !chain.alone(alone -> renamed(places))) {
            new MoveByCopy(chain, layer, target, places, this).run(progress);
        }
    }

    private Map<URI, URI> places() throws DiskException {
        String oldName = Locations.name(layer.place());
        String newName = Locations.name(target);
        Map<URI, URI> places = new LinkedHashMap<>();
        for (URI file : layer.storages().ownFiles()) {
            String name = Locations.name(file);
            String moved = name.equals(oldName) ? newName : stem(newName) + suffix(name, stem(oldName));
            places.put(file, Locations.sibling(target, moved));
        }
        if (Set.copyOf(places.values()).size() < places.size()) {
            throw new DiskException(ErrorCode.EXISTS, "two files of " + layer.shown() + " would get one name");
        }
        return places;
    }

    private static String stem(String name) {
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static String suffix(String name, String stem) {
        return name.startsWith(stem) ? name.substring(stem.length()) : "-" + name;
    }

    private static void refuseExisting(StorageProvider provider, Map<URI, URI> places) throws DiskException {
        for (URI place : places.values()) {
            try {
                if (provider.exists(place)) {
                    throw new DiskException(ErrorCode.EXISTS, Locations.show(place) + " exists already");
                }
            } catch (IOException e) {
                throw Failures.at(place, e);
            }
        }
    }

    /** False, with everything as it was, if the host cannot rename from the one place to the other. */
    private boolean renamed(Map<URI, URI> places) throws DiskException {
        StorageProvider provider = layer.storages().provider();
        URI source = layer.place();
        List<URI> done = new ArrayList<>();
        layer.rest();
        try {
            for (Map.Entry<URI, URI> place : places.entrySet()) {
                provider.move(place.getKey(), place.getValue());
                done.add(place.getKey());
            }
        } catch (IOException e) {
            DiskException shown = Failures.at(layer.shown(), e);
            back(provider, done, places, shown);
            layer.attachAfter(shown);
            if (layer.lost().isPresent() || shown.getSuppressed().length > 0) {
                throw shown;
            }
            return false;
        }
        try {
            layer.storages().moved(target, file -> places.getOrDefault(file, file));
            tellFormat(layer.storages(), places);
            layer.attach();
            return true;
        } catch (IOException | RuntimeException e) {
            DiskException shown = Failures.of(Locations.show(source), e);
            Map<URI, URI> inverse = inverse(places);
            back(provider, done, places, shown);
            layer.storages().moved(source, file -> inverse.getOrDefault(file, file));
            tellFormatAfter(inverse, shown);
            layer.attachAfter(shown);
            throw shown;
        }
    }

    private static void back(StorageProvider provider, List<URI> done, Map<URI, URI> places, Exception cause) {
        for (URI file : done) {
            try {
                provider.move(places.get(file), file);
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
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
