// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.Failures;
import org.platter.container.image.Format;
import org.platter.container.image.Formats;
import org.platter.container.image.LayerOpening;
import org.platter.container.image.Locations;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ParentLink;
import org.platter.storage.StorageProvider;

/** Finds the parents of differencing images: by the hints in them, then by identity among the files of folders. */
final class Parents {
    private static final int MOST_FILES = 1000;

    private final Formats formats;
    private final OpenRequest request;

    Parents(Formats formats, OpenRequest request) {
        this.formats = formats;
        this.request = request;
    }

    /** Requests for all images of the chain, base first, the asked one last. */
    List<OpenRequest> chain() throws DiskException {
        List<OpenRequest> chain = new ArrayList<>(List.of(request));
        if (!request.parents().isEmpty()) {
            request.parents().forEach(parent -> chain.add(chain.size() - 1, below(parent)));
            return chain;
        }
        Set<URI> seen = new LinkedHashSet<>(List.of(request.location()));
        OpenRequest child = request;
        for (Optional<ParentLink> link = link(child); link.isPresent(); link = link(child)) {
            URI parent = find(child.location(), link.get());
            if (!seen.add(parent)) {
                throw new DiskException(
                        ErrorCode.BAD_STATE,
                        Locations.show(child.location()) + ": its parent " + Locations.show(parent)
                                + " is above it in the chain: a circle");
            }
            if (seen.size() > ParentCheck.DEPTH) {
                throw new DiskException(ErrorCode.BAD_STATE, "a chain of more than " + ParentCheck.DEPTH + " images");
            }
            child = below(parent);
            chain.add(0, child);
        }
        return chain;
    }

    private OpenRequest below(URI location) {
        OpenRequest plain = OpenRequest.of(location).withFlags(request.flags()).with(OpenFlag.READ_ONLY);
        return request.external() ? plain.allowingExternal() : plain;
    }

    private Optional<ParentLink> link(OpenRequest image) throws DiskException {
        ChainLayer layer = look(image);
        try {
            return layer.info().parent();
        } finally {
            layer.close();
        }
    }

    private ChainLayer look(OpenRequest image) throws DiskException {
        return LayerOpening.open(formats, image.with(OpenFlag.READ_ONLY, OpenFlag.INFO));
    }

    private URI find(URI child, ParentLink link) throws DiskException {
        List<String> tried = new ArrayList<>();
        StorageProvider provider = formats.storages(child);
        for (String hint : link.hints()) {
            Optional<URI> found = byHint(provider, child, hint, link, tried);
            if (found.isPresent()) {
                return found.get();
            }
        }
        List<URI> folders = new ArrayList<>(List.of(child));
        request.search().forEach(folder -> folders.add(Locations.inside(folder)));
        for (URI folder : folders) {
            Optional<URI> found = byIdentity(folder, child, link, tried);
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new DiskException(
                ErrorCode.NOT_FOUND,
                Locations.show(child) + ": its parent with UUID " + link.uuid()
                        + (link.contentId().isEmpty() ? "" : " and content id " + link.contentId())
                        + " was not found; looked at " + String.join(", ", tried)
                        + "; name it with --parent, or its folder with --search");
    }

    private Optional<URI> byHint(
            StorageProvider provider, URI child, String hint, ParentLink link, List<String> tried) {
        try {
            URI place = provider.resolve(child, hint, request.external());
            if (!provider.exists(place)) {
                tried.add(hint + " (missing)");
            } else if (matches(place, link, true)) {
                return Optional.of(place);
            } else {
                tried.add(hint + " (another image)");
            }
        } catch (IOException e) {
            tried.add(hint + " (" + e.getMessage() + ")");
        }
        return Optional.empty();
    }

    private Optional<URI> byIdentity(URI folder, URI child, ParentLink link, List<String> tried) throws DiskException {
        List<URI> files;
        try {
            files = formats.storages(folder).siblings(folder, MOST_FILES);
        } catch (IOException e) {
            throw Failures.at(folder, e);
        }
        for (URI file : files) {
            try {
                if (!file.equals(child) && matches(file, link, false)) {
                    return Optional.of(file);
                }
            } catch (IOException e) {
                tried.add(Locations.name(file) + " (unreadable)");
            }
        }
        tried.add(files.size() + " files in " + Locations.show(folder.resolve(".")));
        return Optional.empty();
    }

    /** True if the file is an image that the link means; by hint also one that does not contradict. */
    private boolean matches(URI file, ParentLink link, boolean hinted) throws DiskException {
        Optional<Format> format = hinted ? Optional.of(formats.resolve(file, Optional.empty())) : formats.probe(file);
        if (format.isEmpty()) {
            return false;
        }
        ChainLayer layer = look(below(file).withFormat(format.get().name()));
        try {
            boolean unknown = layer.info().uuid().equals(ParentLink.NIL)
                    && layer.info().contentId().isEmpty();
            boolean nothing =
                    link.uuid().equals(ParentLink.NIL) && link.contentId().isEmpty();
            return ParentCheck.means(link, layer.info()) || hinted && (unknown || nothing);
        } finally {
            layer.close();
        }
    }
}
