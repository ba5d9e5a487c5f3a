// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.util.Optional;
import org.platter.disk.FormatInfo;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.install.Available;
import org.platter.install.Catalogue;
import org.platter.shell.command.Invocation;
import org.platter.shell.print.Places;

/** The format of an image that is to be made. One that is not installed but can be had is a failure that says how. */
public final class NewFormat {
    private static final String USUAL = "VDI";

    private NewFormat() {}

    /** The format of that name. */
    public static FormatInfo named(Invocation invocation, String name) throws DiskException {
        Optional<FormatInfo> format = invocation.manager().format(name);
        if (format.isEmpty()) {
            refuse(invocation.findService(Catalogue.class).flatMap(known -> known.find(name)), "the format " + name);
        }
        return format.orElseThrow(() -> new DiskException(ErrorCode.NOT_FOUND, "no format is called '" + name + "'"));
    }

    /** The format that the location suggests, by its scheme or its extension. */
    public static Optional<FormatInfo> suggested(Invocation invocation, Location target) throws DiskException {
        Optional<FormatInfo> format =
                target.owner(invocation.manager()).or(() -> invocation.manager().suggest(target.uri()));
        if (format.isEmpty()) {
            refuse(
                    invocation.findService(Catalogue.class).flatMap(known -> known.suggest(target.uri())),
                    Places.show(target.uri()));
        }
        return format;
    }

    /** The format of a new image: that which its location suggests, or the usual one if its name has no extension. */
    public static FormatInfo of(Invocation invocation, Location target) throws DiskException {
        Optional<FormatInfo> format = suggested(invocation, target);
        if (format.isPresent()) {
            return format.get();
        }
        String shown = Places.show(target.uri());
        int dot = shown.lastIndexOf('.');
        if (dot > shown.lastIndexOf('/') + 1) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    shown + ": no format is known by " + shown.substring(dot)
                            + "; name the format of the new image with -t");
        }
        return named(invocation, USUAL);
    }

    private static void refuse(Optional<Available> offer, String wanted) throws DiskException {
        if (offer.isPresent()) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    wanted + " needs " + offer.get().name() + ", which is not installed; "
                            + offer.get().advice());
        }
    }
}
