// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageAttributes;
import org.platter.format.ParentLink;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;
import org.platter.storage.StorageProvider.Mode;

/** Changes where images are and what they stand on, with nobody inside the gate. */
public final class Relink {
    private Relink() {}

    /** Puts the images of another chain, which becomes empty, in the place of those below the last image. */
    public static void replaceBelow(Chain chain, Chain parent) throws DiskException {
        List<ChainLayer> fresh =
                parent.exclusive(() -> parent.remove(0, parent.layers().size()));
        try {
            chain.exclusive(() -> {
                ChainLayer last = chain.last();
                last.flush();
                ParentLink link =
                        fresh.isEmpty() ? ParentLink.NONE : Assembly.linkTo(last.place(), fresh.get(fresh.size() - 1));
                last.update(ImageAttributes.NONE.withParent(link));
                last.flush();
                Departure.of(chain.replaceBelow(fresh), Disposal.KEEP);
                return null;
            });
        } catch (DiskException | RuntimeException e) {
            for (ChainLayer layer : fresh) {
                if (!chain.layers().contains(layer)) {
                    layer.close();
                }
            }
            throw e;
        }
    }

    /**
     * Moves the files of an image to {@code target}: by rename where the host can, else by copying each and deleting the
     * old ones. After a failure everything is where it was.
     */
    public static void move(Chain chain, ChainLayer layer, URI target, Progress progress) throws DiskException {
        chain.exclusive(() -> {
            chain.index(layer);
            if (layer.storages().provider() == null) {
                throw new DiskException(ErrorCode.NOT_SUPPORTED, layer.shown() + " is not a file and cannot be moved");
            }
            Map<URI, URI> places = places(layer, target);
            StorageProvider to = chain.formats().storages(target);
            refuseExisting(to, places);
            try {
                if (to == layer.storages().provider() && renamed(chain, layer, target, places)) {
                    return null;
                }
                copied(chain, layer, target, places, progress);
            } catch (IOException e) {
                throw Failures.at(layer.shown(), e);
            }
            return null;
        });
    }

    /** Told how many bytes more have been copied; may throw to stop. */
    public interface Progress {
        void advance(long bytes) throws DiskException;
    }

    private static Map<URI, URI> places(ChainLayer layer, URI target) throws DiskException {
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

    private static boolean renamed(Chain chain, ChainLayer layer, URI target, Map<URI, URI> places) throws IOException {
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
            back(provider, done, places, e);
            layer.attach();
            return false;
        }
        try {
            layer.storages().moved(target, file -> places.getOrDefault(file, file));
            rename(chain, layer, names(places));
            layer.attach();
            return true;
        } catch (IOException | RuntimeException e) {
            back(provider, done, places, e);
            layer.storages().moved(source, file -> inverse(places).getOrDefault(file, file));
            rename(chain, layer, names(inverse(places)));
            layer.attach();
            throw e;
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

    private static Map<String, String> names(Map<URI, URI> places) {
        Map<String, String> names = new LinkedHashMap<>();
        places.forEach((from, to) -> names.put(Locations.name(from), Locations.name(to)));
        return names;
    }

    /** Tells the format; it needs writing even where the disk only reads. */
    private static void rename(Chain chain, ChainLayer layer, Map<String, String> names) throws IOException {
        LayerStorages files = layer.storages();
        try {
            rename(layer, files, names);
        } catch (DiskException e) {
            if (files.writable() || e.code() != ErrorCode.READ_ONLY) {
                throw e;
            }
            LayerStorages writing =
                    LayerOpening.storages(chain.formats(), layer.format(), layer.place(), files.external(), Set.of());
            try {
                rename(layer, writing, names);
            } finally {
                writing.close();
            }
        }
    }

    private static void rename(ChainLayer layer, LayerStorages files, Map<String, String> names) throws IOException {
        LayerContext context = layer.context(layer.format(), files, files.writable());
        layer.format().backend().rename(context, name -> names.getOrDefault(name, name));
    }

    private static void copied(Chain chain, ChainLayer layer, URI target, Map<URI, URI> places, Progress progress)
            throws IOException {
        StorageProvider from = layer.storages().provider();
        StorageProvider to = chain.formats().storages(target);
        List<URI> made = new ArrayList<>();
        LayerStorages before = layer.storages();
        layer.rest();
        try {
            for (Map.Entry<URI, URI> place : places.entrySet()) {
                copy(from, place.getKey(), to, place.getValue(), made, progress);
            }
            layer.relocate(LayerOpening.storages(
                    chain.formats(), layer.format(), target, layer.storages().external(), layer.flags()));
            rename(chain, layer, names(places));
            layer.attach();
        } catch (IOException | RuntimeException e) {
            if (layer.storages() != before) {
                layer.storages().close();
                layer.relocate(before);
            }
            for (URI file : made) {
                to.delete(file);
            }
            layer.attach();
            throw e;
        }
        before.close();
        for (URI file : places.keySet()) {
            from.delete(file);
        }
    }

    private static void copy(
            StorageProvider from, URI source, StorageProvider to, URI target, List<URI> made, Progress progress)
            throws IOException {
        Set<Mode> create = EnumSet.of(Mode.CREATE);
        try (Storage input = from.open(source, Set.of());
                Storage output = to.open(target, create)) {
            made.add(target);
            long size = input.size();
            output.resize(size);
            for (long at = input.nextData(0); at < size; at = input.nextData(at)) {
                long end = Math.min(Math.max(input.nextHole(at), at + 1), Math.min(size, at + (16 << 20)));
                input.transferTo(at, end - at, output, at);
                progress.advance(end - at);
                at = end;
            }
            output.flush();
        }
    }
}
