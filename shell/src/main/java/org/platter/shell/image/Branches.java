// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.platter.disk.DiskManager;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.format.ParentLink;
import org.platter.shell.command.Cancellation;

/** Finds images in the folders of a chain that stand on images of the chain without being part of it. */
public final class Branches {
    private static final int MOST_FILES = 10_000;

    private final DiskManager manager;
    private final Cancellation cancellation;

    /** Looks with this manager until it is cancelled. */
    public Branches(DiskManager manager, Cancellation cancellation) {
        this.manager = manager;
        this.cancellation = cancellation;
    }

    /** The images that are not in the disk but whose parent is one of these layers of it. */
    public List<URI> of(VirtualDisk disk, List<Layer> parents) throws IOException {
        List<URI> own = new ArrayList<>();
        for (Layer layer : disk.layers()) {
            own.addAll(layer.files());
        }
        List<URI> found = new ArrayList<>();
        for (Path folder : folders(own)) {
            for (URI file : files(folder)) {
                cancellation.check();
                if (own.stream().noneMatch(uri -> Location.same(uri, file)) && standsOn(file, parents)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    private boolean standsOn(URI file, List<Layer> parents) throws IOException {
        try {
            if (manager.probe(file).isEmpty()) {
                return false;
            }
        } catch (DiskException e) {
            return false; // it cannot be read, so nobody uses it as an image
        }
        try (VirtualDisk look = manager.newDisk()) {
            Layer image = look.open(OpenRequest.of(file).with(OpenFlag.READ_ONLY, OpenFlag.INFO));
            ParentLink link = image.info().parent().orElse(null);
            if (link != null) {
                for (Layer parent : parents) {
                    if (means(link, parent, Path.of(file))) {
                        return true;
                    }
                }
            }
            return false;
        } catch (DiskException e) {
            return false;
        }
    }

    private static boolean means(ParentLink link, Layer parent, Path child) throws DiskException {
        if (!link.uuid().equals(ParentLink.NIL) && !parent.info().uuid().equals(ParentLink.NIL)) {
            return link.uuid().equals(parent.info().uuid());
        }
        return link.hints().stream().anyMatch(hint -> names(hint, child, parent.location()));
    }

    private static boolean names(String hint, Path child, URI parent) {
        try {
            return Location.same(child.resolveSibling(hint).toUri(), parent);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static TreeSet<Path> folders(List<URI> files) {
        TreeSet<Path> folders = new TreeSet<>();
        files.stream()
                .filter(uri -> "file".equals(uri.getScheme()))
                .forEach(uri -> folders.add(Path.of(uri).toAbsolutePath().getParent()));
        return folders;
    }

    private static List<URI> files(Path folder) throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.limit(MOST_FILES)
                    .filter(Files::isRegularFile)
                    .map(Path::toUri)
                    .toList();
        }
    }
}
