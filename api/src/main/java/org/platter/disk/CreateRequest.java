// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.format.RawDiskSpec;

/**
 * What image to make, and where. Immutable; start with {@link #of} and add.
 *
 * @param location where the image shall be; nothing may be there
 * @param format its format; empty: by file extension, else VDI
 * @param size bytes; needed for a base image, ignored for a differencing image, which is as large as its disk
 * @param flags the variant
 * @param openFlags how it is open afterwards
 * @param config values of the format's config keys
 * @param uuid its UUID, else a random one
 * @param comment text for people
 * @param physical physical geometry to store
 * @param logical logical geometry to store
 * @param rawDisk the devices of a raw disk
 */
public record CreateRequest(
        URI location,
        Optional<String> format,
        OptionalLong size,
        Set<ImageFlag> flags,
        Set<OpenFlag> openFlags,
        Map<String, String> config,
        Optional<UUID> uuid,
        Optional<String> comment,
        Optional<Geometry> physical,
        Optional<Geometry> logical,
        Optional<RawDiskSpec> rawDisk) {

    /** Copies the collections. */
    public CreateRequest {
        Objects.requireNonNull(location);
        Objects.requireNonNull(format);
        Objects.requireNonNull(size);
        flags = Set.copyOf(flags);
        openFlags = Set.copyOf(openFlags);
        config = Map.copyOf(config);
        Objects.requireNonNull(uuid);
        Objects.requireNonNull(comment);
        Objects.requireNonNull(physical);
        Objects.requireNonNull(logical);
        Objects.requireNonNull(rawDisk);
    }

    /** An image that grows, in the format that the extension says. */
    public static CreateRequest of(URI location) {
        return new CreateRequest(
                location,
                Optional.empty(),
                OptionalLong.empty(),
                Set.of(),
                Set.of(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same at another place. */
    public CreateRequest withLocation(URI place) {
        return new CreateRequest(
                place, format, size, flags, openFlags, config, uuid, comment, physical, logical, rawDisk);
    }

    /** The same in this format. */
    public CreateRequest withFormat(String name) {
        return new CreateRequest(
                location, Optional.of(name), size, flags, openFlags, config, uuid, comment, physical, logical, rawDisk);
    }

    /** The same of this size in bytes. */
    public CreateRequest withSize(long bytes) {
        return new CreateRequest(
                location,
                format,
                OptionalLong.of(bytes),
                flags,
                openFlags,
                config,
                uuid,
                comment,
                physical,
                logical,
                rawDisk);
    }

    /** The same of this variant, added to what was asked before. */
    public CreateRequest with(ImageFlag... more) {
        Set<ImageFlag> all = new HashSet<>(flags);
        all.addAll(List.of(more));
        return new CreateRequest(
                location, format, size, all, openFlags, config, uuid, comment, physical, logical, rawDisk);
    }

    /** The same, open with these flags afterwards. */
    public CreateRequest withOpenFlags(Set<OpenFlag> only) {
        return new CreateRequest(
                location, format, size, flags, only, config, uuid, comment, physical, logical, rawDisk);
    }

    /** The same with these config values. */
    public CreateRequest withConfig(Map<String, String> values) {
        return new CreateRequest(
                location, format, size, flags, openFlags, values, uuid, comment, physical, logical, rawDisk);
    }

    /** The same with this image UUID. */
    public CreateRequest withUuid(UUID value) {
        return new CreateRequest(
                location,
                format,
                size,
                flags,
                openFlags,
                config,
                Optional.of(value),
                comment,
                physical,
                logical,
                rawDisk);
    }

    /** The same with this comment. */
    public CreateRequest withComment(String text) {
        return new CreateRequest(
                location, format, size, flags, openFlags, config, uuid, Optional.of(text), physical, logical, rawDisk);
    }

    /** The same with these geometries; an empty one leaves what was there. */
    public CreateRequest withGeometry(Optional<Geometry> newPhysical, Optional<Geometry> newLogical) {
        return new CreateRequest(
                location,
                format,
                size,
                flags,
                openFlags,
                config,
                uuid,
                comment,
                newPhysical.or(() -> physical),
                newLogical.or(() -> logical),
                rawDisk);
    }

    /** The same giving access to these devices. */
    public CreateRequest withRawDisk(RawDiskSpec devices) {
        return new CreateRequest(
                location,
                format,
                size,
                flags,
                openFlags,
                config,
                uuid,
                comment,
                physical,
                logical,
                Optional.of(devices));
    }
}
