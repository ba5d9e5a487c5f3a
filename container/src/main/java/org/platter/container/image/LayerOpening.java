// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.platter.container.format.FormatChoice;
import org.platter.container.format.FormatChoice.Trust;
import org.platter.container.format.FormatProvider;
import org.platter.container.format.Platform;
import org.platter.container.format.SignatureGuard;
import org.platter.disk.CreateRequest;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.storage.StorageProvider.Mode;

/**
 * Opens and makes single images, before they have a place in a chain.
 *
 * <p>Whatever fails, nothing stays open and nothing that was made stays behind; what was there before is never
 * touched.
 */
public final class LayerOpening {
    /** What makes a request for writing fall back to reading: the host or another user says no. */
    private static final Set<ErrorCode> FALL_BACK = EnumSet.of(ErrorCode.DENIED, ErrorCode.LOCKED, ErrorCode.READ_ONLY);

    private LayerOpening() {}

    /** Opens an image; falls back to reading only where writing is not allowed or somebody else writes. */
    public static ChainLayer open(Platform formats, OpenRequest request) throws DiskException {
        FormatChoice choice = FormatChoice.of(formats, request.location(), request.format());
        try {
            return open(formats, choice, request, request.flags());
        } catch (DiskException e) {
            if (request.flags().contains(OpenFlag.READ_ONLY) || !FALL_BACK.contains(e.code())) {
                throw e;
            }
            Set<OpenFlag> reading = OpenFlags.with(request.flags(), OpenFlag.READ_ONLY);
            ChainLayer layer = open(formats, choice, request, reading);
            layer.want(request.flags());
            layer.facts().refused(e);
            return layer;
        }
    }

    private static ChainLayer open(Platform formats, FormatChoice choice, OpenRequest request, Set<OpenFlag> flags)
            throws DiskException {
        FormatProvider format = choice.format();
        LayerStorages storages = storages(formats, format, request.location(), request.external(), flags);
        ChainLayer layer = new ChainLayer(formats, format, storages, request.config(), flags);
        try {
            layer.attach();
            judge(choice, layer);
            return layer;
        } catch (DiskException | RuntimeException e) {
            closeQuietly(layer, e);
            throw e;
        }
    }

    /** Refuses what the trust does not bear; notes on the layer what its user should know. */
    private static void judge(FormatChoice choice, ChainLayer layer) throws DiskException {
        if (choice.trust() == Trust.GUESS && !choice.format().can(Capability.UUIDS)) {
            layer.facts().guard(SignatureGuard.of(layer.formats().all(), layer.size()));
        }
        if (choice.trust() != Trust.SIGNATURE || !FormatChoice.saysRaw(layer.place())) {
            return;
        }
        String name = choice.format().name();
        String seen = layer.shown() + " bears the signature of " + name + ", but its name says raw";
        String choose = "; -f " + name + " opens it as that, -f RAW as the bytes that are there";
        List<String> others = layer.elsewhere();
        if (!others.isEmpty()) {
            throw new DiskException(
                    ErrorCode.DENIED, seen + ", and it refers to " + String.join(", ", others) + choose);
        }
        if (!layer.readOnly() && !layer.has(OpenFlag.INFO)) {
            // not DENIED: that would fall back to reading, as if nothing were wrong
            throw new DiskException(ErrorCode.NOT_SUPPORTED, seen + ": it is not written without being told" + choose);
        }
        layer.facts().note(seen + ": read as " + name + choose);
    }
    /** The storages of an image that is to be opened; nothing is opened yet. */
    public static LayerStorages storages(
            Platform formats, FormatProvider format, URI location, boolean external, Set<OpenFlag> flags)
            throws DiskException {
        Set<Mode> modes = EnumSet.noneOf(Mode.class);
        if (!flags.contains(OpenFlag.READ_ONLY)) {
            modes.add(Mode.WRITE);
            if (flags.contains(OpenFlag.SHAREABLE)) {
                modes.add(Mode.SHARED);
            }
            if (flags.contains(OpenFlag.IGNORE_FLUSH)) {
                modes.add(Mode.UNSYNCED);
            }
        }
        boolean own = format.schemes().contains(String.valueOf(location.getScheme()));
        return new LayerStorages(own ? null : formats.storages(location), location, external, modes);
    }

    /** Makes an image; a failure leaves nothing behind. */
    public static ChainLayer create(Platform formats, CreateRequest request, ImageSpec spec) throws DiskException {
        FormatProvider format =
                request.format().isPresent() ? formats.get(request.format().get()) : formats.forNew(request.location());
        refuse(format, spec);
        Set<OpenFlag> writing = OpenFlags.without(request.openFlags(), OpenFlag.READ_ONLY);
        LayerStorages storages = new LayerStorages(
                formats.storages(request.location()),
                request.location(),
                request.rawDisk().isPresent(),
                writing.contains(OpenFlag.IGNORE_FLUSH) ? Set.of(Mode.CREATE, Mode.UNSYNCED) : Set.of(Mode.CREATE));
        ChainLayer layer = new ChainLayer(formats, format, storages, request.config(), writing);
        try {
            layer.attach(context -> format.backend().create(context, spec));
            layer.flush();
            if (request.openFlags().contains(OpenFlag.READ_ONLY)) {
                layer.want(request.openFlags());
            }
            return layer;
        } catch (DiskException | RuntimeException e) {
            closeQuietly(layer, e);
            discard(layer, e);
            throw e;
        }
    }

    private static void refuse(FormatProvider format, ImageSpec spec) throws DiskException {
        Map<ImageFlag, Capability> needs = Map.of(
                ImageFlag.FIXED, Capability.CREATE_FIXED,
                ImageFlag.SPLIT_2G, Capability.CREATE_SPLIT_2G,
                ImageFlag.DIFF, Capability.DIFF);
        for (ImageFlag flag : spec.flags()) {
            Optional<Capability> need = Optional.ofNullable(needs.get(flag));
            if (need.isPresent() && !format.can(need.get())) {
                throw new DiskException(
                        ErrorCode.NOT_SUPPORTED, "format " + format.name() + " cannot create " + flag + " images");
            }
        }
        if (!format.can(Capability.CREATE_DYNAMIC) && !format.can(Capability.CREATE_FIXED)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "format " + format.name() + " cannot create images");
        }
    }

    /** Deletes what was created for an image that has been closed again. */
    public static void discard(ChainLayer layer, Exception cause) {
        try {
            layer.storages().deleteCreated();
        } catch (java.io.IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static void closeQuietly(ChainLayer layer, Exception cause) {
        try {
            layer.close();
        } catch (DiskException e) {
            cause.addSuppressed(e);
        }
    }
}
