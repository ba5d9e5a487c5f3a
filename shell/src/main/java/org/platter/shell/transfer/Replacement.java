// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.transfer;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.image.Location;
import org.platter.shell.print.Places;

/**
 * A new image in place of an old one. The new one is made beside the old, which is put aside only when the new one is
 * complete, and comes back if the new one cannot take its place.
 */
final class Replacement {
    private final URI target;
    private final List<Path> old;
    private final String suffix;

    private Replacement(URI target, List<Path> old) {
        this.target = target;
        this.old = old;
        this.suffix = "platter-" + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime());
    }

    /**
     * A replacement of what is at {@code target}.
     *
     * @throws DiskException {@code EXISTS} if that is part of the source, {@code DENIED} if it is no plain file, {@code
     *     LOCKED} if somebody uses it
     */
    static Replacement of(DiskManager manager, URI target, VirtualDisk source) throws IOException {
        if (!"file".equals(target.getScheme()) || !Files.isRegularFile(Path.of(target))) {
            throw new DiskException(ErrorCode.DENIED, Places.show(target) + " is no file that can be replaced");
        }
        List<Path> files = files(manager, target);
        for (Layer layer : source.layers()) {
            for (URI file : layer.files()) {
                if (files.stream().anyMatch(path -> Location.same(path.toUri(), file))) {
                    throw new DiskException(
                            ErrorCode.EXISTS, Places.show(target) + " is part of what is to be converted");
                }
            }
        }
        return new Replacement(Path.of(target).toRealPath().toUri(), files);
    }

    /** The request with a place beside the old image. */
    CreateRequest redirect(CreateRequest request) {
        Path file = Path.of(target);
        URI place = file.resolveSibling("." + suffix + "-" + file.getFileName()).toUri();
        return new CreateRequest(
                place,
                request.format(),
                request.size(),
                request.flags(),
                request.openFlags(),
                request.config(),
                request.uuid(),
                request.comment(),
                request.physical(),
                request.logical(),
                request.rawDisk());
    }

    /** Puts the old image aside, moves the new one to its place and deletes the old one. */
    void commit(VirtualDisk copy, Waiting waiting) throws IOException {
        Map<Path, Path> aside = new LinkedHashMap<>();
        try {
            for (Path file : old) {
                Path away = file.resolveSibling("." + suffix + "-old-" + file.getFileName());
                Files.move(file, away);
                aside.put(away, file);
            }
            waiting.await(copy.move(copy.last(), target));
        } catch (IOException | RuntimeException e) {
            restore(aside, e);
            copy.closeLast(VirtualDisk.Disposal.DELETE);
            throw e;
        }
        for (Path file : aside.keySet()) {
            Files.delete(file);
        }
    }

    private static void restore(Map<Path, Path> aside, Exception cause) {
        aside.forEach((away, file) -> {
            try {
                Files.move(away, file);
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        });
    }

    /** The files of the old image, or the one file if it is none; only files of its own folder. */
    private static List<Path> files(DiskManager manager, URI target) throws IOException {
        Path main = Path.of(target).toRealPath();
        List<Path> files = new ArrayList<>(List.of(main));
        for (URI uri : named(manager, target)) {
            Path file = Path.of(uri);
            if (Files.isRegularFile(file)
                    && main.getParent().equals(file.getParent())
                    && !Files.isSameFile(file, main)) {
                files.add(file);
            }
        }
        return files;
    }

    /** The files that the old image says are its own; as many as can be told where it is damaged or has lost a parent. */
    private static List<URI> named(DiskManager manager, URI target) throws IOException {
        for (Set<OpenFlag> flags : List.of(Set.<OpenFlag>of(), Set.of(OpenFlag.INFO))) {
            try (VirtualDisk disk = manager.newDisk()) {
                Layer layer = disk.openChain(OpenRequest.of(target).withFlags(flags));
                refuseUsed(layer, target);
                return layer.files();
            } catch (DiskException e) {
                if (e.code() == ErrorCode.LOCKED) {
                    throw e;
                }
                // the next look asks for less; in the end it is no image, and the file alone goes
            }
        }
        return List.of();
    }

    private static void refuseUsed(Layer layer, URI target) throws DiskException {
        if (layer.openFlags().contains(OpenFlag.READ_ONLY)) {
            throw new DiskException(
                    ErrorCode.LOCKED, Places.show(target) + " is write-protected, or somebody else has it open");
        }
    }

    /** How to wait for a job. */
    interface Waiting {
        /** Returns when the job has ended well. */
        void await(Job<?> job) throws IOException;
    }
}
