// SPDX-License-Identifier: Apache-2.0
package org.platter.container.format;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;
import org.platter.storage.TcpConnector;

/** What the chains need of the platform they run on: formats, storages, connections. Safe for use by many threads. */
public interface Platform {
    /** All providers of formats, the preferred of each name first. */
    List<FormatProvider> all();

    /** The storage provider of the location's scheme. */
    StorageProvider storages(URI location) throws DiskException;

    /** How network formats connect. */
    TcpConnector connector();

    /** The preferred provider of a format. */
    default Optional<FormatProvider> find(String name) {
        return all().stream().filter(format -> format.named(name)).findFirst();
    }

    /** The same, which must be there. */
    default FormatProvider get(String name) throws DiskException {
        return find(name)
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_FOUND,
                        "no format " + name + " is installed; installed are "
                                + all().stream()
                                        .map(FormatProvider::name)
                                        .distinct()
                                        .toList()));
    }

    /** The format whose signature the image bears, or that owns its scheme. */
    default Optional<FormatProvider> probe(URI location) throws DiskException {
        for (FormatProvider format : all()) {
            if (format.schemes().contains(String.valueOf(location.getScheme()))) {
                return Optional.of(format);
            }
        }
        StorageProvider provider = storages(location);
        try (Storage storage = provider.open(location, java.util.Set.of())) {
            for (FormatProvider format : all()) {
                if (probes(format, storage)) {
                    return Optional.of(format);
                }
            }
            return Optional.empty();
        } catch (java.io.IOException e) {
            throw Failures.at(location, e);
        }
    }

    private static boolean probes(FormatProvider format, Storage storage) throws java.io.IOException {
        try {
            return format.backend().probe(storage);
        } catch (RuntimeException e) {
            throw Failures.bug(format, e);
        }
    }

    /** The format that the file name suggests. */
    default Optional<FormatProvider> suggest(URI location) {
        String name = Locations.name(location).toLowerCase(java.util.Locale.ROOT);
        return all().stream()
                .filter(format -> format.extensions().stream().anyMatch(extension -> name.endsWith("." + extension)))
                .findFirst();
    }

    /** The format of an image to be made: what its extension says, or VDI if it has none. */
    default FormatProvider forNew(URI location) throws DiskException {
        Optional<FormatProvider> suggested = suggest(location);
        if (suggested.isPresent()) {
            return suggested.get();
        }
        String name = Drafts.original(Locations.name(location));
        int dot = name.lastIndexOf('.');
        if (dot > 0 && dot < name.length() - 1) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    name + ": no format that is installed is called " + name.substring(dot)
                            + "; name the format of the new image");
        }
        return get("VDI");
    }
}
