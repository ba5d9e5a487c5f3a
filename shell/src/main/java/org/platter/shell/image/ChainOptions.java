// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Option;
import org.platter.shell.option.Syntax;
import org.platter.shell.print.Places;

/** The options that say how an image and its parents are found and opened. */
public final class ChainOptions {
    private final Option<String> format;
    private final Option<String> parents;
    private final Option<String> search;
    private final Option<Boolean> external;
    private final Settings settings;

    /** Declares the options; the image's parents can be named by {@code --parent}. */
    public ChainOptions(Syntax syntax) {
        this(syntax, "the image's parents, base first");
    }

    /** Declares the options, of which {@code --parent} means what {@code parentText} says. */
    public ChainOptions(Syntax syntax, String parentText) {
        format = syntax.option("-f --format", "FORMAT", word -> word, "the image's format, without probing");
        parents = syntax.options("--parent", "LOCATION", word -> word, parentText);
        search = syntax.options("--search", "FOLDER", word -> word, "another folder to look for parents in");
        external = syntax.flag("--allow-external", "the image may name files outside its folder, and devices");
        settings = new Settings(syntax);
    }

    /** What was given as {@code --parent}. */
    public List<String> parents() {
        return parents.values();
    }

    /** The values of config keys. */
    public Settings settings() {
        return settings;
    }

    /** The format given. */
    public Optional<String> format() {
        return format.value();
    }

    /** How to open the image, below which the parents given are. */
    public OpenRequest request(Invocation invocation, String image, Set<OpenFlag> flags) throws IOException {
        Location location = location(invocation, image);
        return request(invocation, location, parents.values(), flags, format.value())
                .withConfig(settings.of(invocation, location, format.value()));
    }

    /** How to open the last of the parents given, below which the others are; its format is probed. */
    public OpenRequest lastParent(Invocation invocation, Set<OpenFlag> flags) throws IOException {
        List<String> chain = parents.values();
        int last = chain.size() - 1;
        Location location = location(invocation, chain.get(last));
        return request(invocation, location, chain.subList(0, last), flags, Optional.empty());
    }

    /** Opens an image and its parents; a disk that is open under this name is taken as it is. */
    public Opened open(Invocation invocation, String image, Access access) throws IOException {
        return open(invocation, image, access, format.value(), parents.values());
    }

    /** The same of that format. */
    public Opened open(Invocation invocation, String image, Access access, Optional<String> named) throws IOException {
        return open(invocation, image, access, named, parents.values());
    }

    private Opened open(Invocation invocation, String image, Access access, Optional<String> named, List<String> below)
            throws IOException {
        Optional<VirtualDisk> open = invocation.disks().find(image);
        if (open.isPresent()) {
            return new Opened(open.get(), open.get().last(), true);
        }
        VirtualDisk disk = invocation.closing(invocation.manager().newDisk());
        Location location = location(invocation, image);
        disk.openChain(request(invocation, location, below, access.flags(), named)
                .withConfig(settings.of(invocation, location, named)));
        tell(invocation, disk);
        if (access == Access.WRITE && disk.readOnly()) {
            throw new DiskException(
                    ErrorCode.READ_ONLY,
                    Places.show(disk.last().location())
                            + " can only be read: it is write-protected, or somebody else has it open");
        }
        return new Opened(disk, disk.last(), false);
    }

    /** What its images have to say that nobody would expect, base first. */
    public static void tell(Invocation invocation, VirtualDisk disk) {
        disk.layers().stream().flatMap(layer -> layer.notes().stream()).forEach(invocation::note);
    }

    /** Opens an image and the parents that it finds itself, where {@code --parent} means something else. */
    public Opened openFound(Invocation invocation, String image, Access access) throws IOException {
        return open(invocation, image, access, format.value(), List.of());
    }

    /** Opens the image alone, to look at its attributes or to change them. */
    public Opened openAlone(Invocation invocation, String image, Set<OpenFlag> flags) throws IOException {
        Optional<VirtualDisk> open = invocation.disks().find(image);
        if (open.isPresent()) {
            return new Opened(open.get(), open.get().last(), true);
        }
        VirtualDisk disk = invocation.closing(invocation.manager().newDisk());
        return new Opened(disk, disk.open(request(invocation, image, flags)), false);
    }

    private OpenRequest request(
            Invocation invocation, Location location, List<String> below, Set<OpenFlag> flags, Optional<String> named) {
        return new OpenRequest(
                location.uri(),
                named,
                flags,
                location.config(),
                uris(invocation, below),
                uris(invocation, search.values()),
                external.given());
    }

    private static List<URI> uris(Invocation invocation, List<String> words) {
        List<URI> uris = new ArrayList<>();
        words.forEach(word -> uris.add(location(invocation, word).uri()));
        return uris;
    }

    private static Location location(Invocation invocation, String word) {
        return Location.parse(word, invocation.console().directory());
    }
}
