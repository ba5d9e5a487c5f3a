// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.container.format.Failures;
import org.platter.container.format.Locations;
import org.platter.container.format.Platform;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerOpening;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.storage.StorageProvider;

/**
 * Finds the parents of differencing images: those that the caller named; else where the child's hint leads; else among
 * the files of folders, by identity. A wrong parent gives wrong bytes without a word, so whatever is not sure is refused
 * with all that was considered. Source: docs/semantics.md, section 3.
 */
final class Parents {
    private static final int MOST_FILES = 1000;
    private static final int DEPTH = 4; // of folders below one that the caller named
    private static final String SNAPSHOTS = "Snapshots"; // VirtualBox's folder beside the base images

    private final Platform formats;
    private final OpenRequest request;

    Parents(Platform formats, OpenRequest request) {
        this.formats = formats;
        this.request = request;
    }

    /**
     * An image of the chain.
     *
     * @param note what users should know of how it was found; empty if nothing
     */
    record Member(OpenRequest request, String note) {}

    /** All images of the chain, base first, the asked one last. */
    List<Member> chain() throws DiskException {
        List<Member> chain = new ArrayList<>(List.of(new Member(request, "")));
        if (!request.parents().isEmpty()) {
            request.parents().forEach(parent -> chain.add(chain.size() - 1, new Member(below(parent), "")));
            return chain;
        }
        Set<URI> seen = new LinkedHashSet<>(List.of(request.location()));
        OpenRequest child = request;
        for (ImageInfo info = look(child); info.parent().isPresent(); info = look(child)) {
            Member parent = find(child.location(), info, info.parent().get());
            if (!seen.add(parent.request().location())) {
                throw new DiskException(
                        ErrorCode.BAD_STATE,
                        Locations.show(child.location()) + ": its parent "
                                + Locations.show(parent.request().location()) + " is above it in the chain: a circle");
            }
            if (seen.size() > ParentCheck.DEPTH) {
                throw new DiskException(ErrorCode.BAD_STATE, "a chain of more than " + ParentCheck.DEPTH + " images");
            }
            child = parent.request();
            chain.add(0, parent);
        }
        return chain;
    }

    private OpenRequest below(URI location) {
        OpenRequest plain = OpenRequest.of(location).withFlags(request.flags()).with(OpenFlag.READ_ONLY);
        return request.external() ? plain.allowingExternal() : plain;
    }

    private ImageInfo look(OpenRequest image) throws DiskException {
        ChainLayer layer = LayerOpening.open(formats, image.with(OpenFlag.READ_ONLY, OpenFlag.INFO));
        try {
            return layer.info();
        } finally {
            layer.close();
        }
    }

    private Member find(URI child, ImageInfo info, ParentLink link) throws DiskException {
        Search search = new Search(child, info, link);
        for (String hint : link.hints()) {
            Optional<Member> found = search.byHint(hint);
            if (found.isPresent()) {
                return found.get();
            }
        }
        return search.byIdentity();
    }

    /** The search for one parent, with all that was considered. */
    private final class Search {
        private final URI child;
        private final ImageInfo info;
        private final ParentLink link;
        private final List<String> tried = new ArrayList<>();
        private final Set<URI> changed = new LinkedHashSet<>();

        Search(URI child, ImageInfo info, ParentLink link) {
            this.child = child;
            this.info = info;
            this.link = link;
        }

        private boolean known() {
            return !link.uuid().equals(ParentLink.NIL);
        }

        private DiskException failure(ErrorCode code, String why) {
            return new DiskException(code, Locations.show(child) + ": " + why);
        }

        Optional<Member> byHint(String hint) throws DiskException {
            URI place;
            try {
                StorageProvider provider = formats.storages(child);
                place = provider.resolve(child, hint, request.external());
                if (!provider.exists(place)) {
                    tried.add(hint + " (missing)");
                    return Optional.empty();
                }
            } catch (IOException e) {
                tried.add(hint + " (" + e.getMessage() + ")");
                return Optional.empty();
            }
            if (!link.format().isEmpty()) {
                return stored(place);
            }
            Optional<ImageInfo> found = signed(place);
            if (found.isEmpty()) {
                throw failure(
                        ErrorCode.NOT_SUPPORTED,
                        "its parent " + Locations.show(place) + " bears no signature of a format, and none is stored "
                                + "for it; if it is a raw disk, name it: --parent " + Locations.show(place));
            }
            return switch (ParentMatch.of(link, info.size(), found.get())) {
                case EXACT, UNKNOWN -> Optional.of(new Member(below(place), ""));
                case CHANGED -> {
                    changed.add(place);
                    tried.add(hint + " (changed since)");
                    yield Optional.empty();
                }
                case OTHER -> {
                    refuseOther(place, found.get());
                    tried.add(hint + " (another image)");
                    yield Optional.empty();
                }
            };
        }

        /** The image says of which format its parent is; what else it says of it is checked when both are open. */
        private Optional<Member> stored(URI place) throws DiskException {
            OpenRequest parent = below(place).withFormat(link.format());
            ImageInfo found = look(parent);
            if (ParentMatch.of(link, info.size(), found) == ParentMatch.OTHER) {
                refuseOther(place, found);
                tried.add(Locations.name(place) + " (another image)");
                return Optional.empty();
            }
            return Optional.of(new Member(parent, ""));
        }

        /** Without UUIDs nothing but the hint says which image is meant, so the search is over. */
        private void refuseOther(URI place, ImageInfo found) throws DiskException {
            if (!known()) {
                throw failure(
                        ErrorCode.UUID_MISMATCH,
                        "the parent " + Locations.show(place) + " has content id " + found.contentId() + ", wanted is "
                                + link.contentId() + ": it has been modified since this image was made; --parent "
                                + "names another one");
            }
        }

        Member byIdentity() throws DiskException {
            if (!known() && ParentMatch.shared(link.contentId())) {
                throw notFound(
                        link.contentId().isEmpty()
                                ? ""
                                : ", and its content id " + link.contentId() + " is one that many images have");
            }
            Set<URI> exact = new LinkedHashSet<>();
            for (URI file : files()) {
                if (!file.equals(child)) {
                    consider(file, exact);
                }
            }
            if (exact.size() > 1) {
                throw several(exact);
            }
            if (exact.size() == 1) {
                URI place = exact.iterator().next();
                String weak = Locations.show(child) + ": its parent was found by content id " + link.contentId()
                        + " and size alone: " + Locations.show(place);
                return new Member(below(place), known() ? "" : weak);
            }
            if (changed.size() > 1) {
                throw several(changed);
            }
            return changed.stream()
                    .map(place -> new Member(below(place), ""))
                    .findFirst()
                    .orElseThrow(() -> notFound(""));
        }

        private void consider(URI file, Set<URI> exact) {
            Optional<ImageInfo> found;
            try {
                found = signed(file);
            } catch (DiskException e) {
                tried.add(Locations.name(file) + " (unreadable)");
                return;
            }
            if (found.isPresent()) {
                ParentMatch match = ParentMatch.of(link, info.size(), found.get());
                if (match == ParentMatch.EXACT && (known() || found.get().size() == info.size())) {
                    exact.add(file);
                } else if (match == ParentMatch.CHANGED) {
                    changed.add(file);
                }
            }
        }

        private List<URI> files() throws DiskException {
            StorageProvider provider = formats.storages(child);
            Set<URI> files = new LinkedHashSet<>();
            try {
                files.addAll(provider.siblings(child, MOST_FILES));
                tried.add(files.size() + " files in " + Locations.show(child.resolve(".")));
                URI folder = child.resolve(".");
                boolean snapshot = folder.getPath() != null && folder.getPath().endsWith("/" + SNAPSHOTS + "/");
                URI other = snapshot ? folder.resolve("..") : folder.resolve(SNAPSHOTS + "/");
                if (provider.exists(other)) {
                    files.addAll(provider.siblings(Locations.inside(other), MOST_FILES));
                    tried.add(Locations.show(other));
                }
                for (URI named : request.search()) {
                    files.addAll(formats.storages(named).below(named, DEPTH, MOST_FILES));
                    tried.add(Locations.show(named));
                }
                return List.copyOf(files);
            } catch (IOException e) {
                throw Failures.at(child, e);
            }
        }

        private DiskException several(Set<URI> places) {
            List<String> shown = places.stream().map(Locations::show).toList();
            return failure(
                    ErrorCode.UUID_MISMATCH,
                    "several images could be its parent: " + String.join(", ", shown) + "; name one with --parent");
        }

        private DiskException notFound(String why) {
            return failure(
                    ErrorCode.NOT_FOUND,
                    "its parent with UUID " + link.uuid()
                            + (link.contentId().isEmpty() ? "" : " and content id " + link.contentId())
                            + " was not found" + why + "; looked at " + String.join(", ", tried)
                            + "; name it with --parent, or its folder with --search");
        }
    }

    /** What an image says of itself; nothing if it bears no signature. */
    private Optional<ImageInfo> signed(URI file) throws DiskException {
        return formats.probe(file).isEmpty() ? Optional.empty() : Optional.of(look(below(file)));
    }
}
