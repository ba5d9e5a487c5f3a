// SPDX-License-Identifier: Apache-2.0
package org.platter.container.format;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;

/**
 * Which format an image is opened as, and on whose word. Whoever may write to a raw disk can put any signature into it, so
 * a signature is not believed where the name says raw: not for writing, and not if the image would refer to other files.
 * The one place of these rules; source: docs/semantics.md, section 1.
 */
public record FormatChoice(FormatProvider format, Trust trust) {
    /** Extensions of files that hold the bytes of a disk and nothing else. */
    private static final Set<String> RAW_NAMES = Set.of("img", "raw", "dd", "bin", "iso");

    /** Who says so. */
    public enum Trust {
        /** The caller, or what was stored for it. */
        NAMED,
        /** What the file begins or ends with. */
        SIGNATURE,
        /** Nobody: it bears no signature that is known. */
        GUESS
    }

    /** The choice for an image that exists, of which the caller may have named the format. */
    public static FormatChoice of(Platform formats, URI location, Optional<String> named) throws DiskException {
        if (named.isPresent()) {
            return new FormatChoice(formats.get(named.get()), Trust.NAMED);
        }
        Optional<FormatProvider> found = formats.probe(location);
        if (found.isPresent()) {
            boolean own = found.get().schemes().contains(String.valueOf(location.getScheme()));
            return new FormatChoice(found.get(), own ? Trust.NAMED : Trust.SIGNATURE);
        }
        return formats.suggest(location)
                .filter(format -> !format.can(Capability.UUIDS))
                .map(format -> new FormatChoice(format, Trust.GUESS))
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_SUPPORTED,
                        Locations.show(location)
                                + " is in no format that is installed; name its format if it is a raw image"));
    }

    /** True if the name says that the file is a raw disk: by its extension, or because it has none. */
    public static boolean saysRaw(URI location) {
        String name = Locations.name(location);
        int dot = name.lastIndexOf('.');
        return dot <= 0 || RAW_NAMES.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
    }
}
