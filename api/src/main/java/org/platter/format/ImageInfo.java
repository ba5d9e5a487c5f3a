// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What there is to say about an open image, at one moment. Immutable; {@code withX} gives a changed copy.
 *
 * @param version the format's version of this image, as people write it: {@code "1.1"}
 * @param size bytes of the disk
 * @param blockSize bytes of the allocation unit, or 0 if there is none
 * @param flags the variant, never {@code ZERO_EXPAND}
 * @param capabilities the part of the format's capabilities that this image really has
 * @param uuid identifies the image, or nil if the format has none
 * @param modificationUuid changes with the content, or nil
 * @param contentId another identity of the content that children compare, or empty (VMDK: the CID)
 * @param parent the link to the parent, present if and only if the image is a differencing image
 * @param comment text for people, may be empty
 * @param physical physical geometry, if stored
 * @param logical logical geometry, if stored
 * @param notes what users should know of this image and would not expect, a sentence each; shown by tools
 * @param parts the names of the image's other files as written in it, present or not, in order; empty for one file
 * @param snapshots the snapshots stored inside the image, oldest first; empty where the format has none
 */
public record ImageInfo(
        String version,
        long size,
        long blockSize,
        Set<ImageFlag> flags,
        Set<Capability> capabilities,
        UUID uuid,
        UUID modificationUuid,
        String contentId,
        Optional<ParentLink> parent,
        String comment,
        Optional<Geometry> physical,
        Optional<Geometry> logical,
        List<String> notes,
        List<String> parts,
        List<ImageSnapshot> snapshots) {

    /** Copies the sets and refuses null and negative sizes. */
    public ImageInfo {
        flags = Set.copyOf(flags);
        capabilities = Set.copyOf(capabilities);
        if (size < 0 || blockSize < 0) {
            throw new IllegalArgumentException("negative size " + size + " or block size " + blockSize);
        }
        Objects.requireNonNull(version);
        Objects.requireNonNull(uuid);
        Objects.requireNonNull(modificationUuid);
        Objects.requireNonNull(contentId);
        Objects.requireNonNull(parent);
        Objects.requireNonNull(comment);
        Objects.requireNonNull(physical);
        Objects.requireNonNull(logical);
        notes = List.copyOf(notes);
        parts = List.copyOf(parts);
        snapshots = List.copyOf(snapshots);
    }

    /** An image about which nothing more is known than its version, sizes, variant and capabilities. */
    public static ImageInfo of(
            String version, long size, long blockSize, Set<ImageFlag> flags, Set<Capability> capabilities) {
        return new ImageInfo(
                version,
                size,
                blockSize,
                flags,
                capabilities,
                ParentLink.NIL,
                ParentLink.NIL,
                "",
                Optional.empty(),
                "",
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                List.of());
    }

    /** The same with another size. */
    public ImageInfo withSize(long bytes) {
        return new ImageInfo(
                version,
                bytes,
                blockSize,
                flags,
                capabilities,
                uuid,
                modificationUuid,
                contentId,
                parent,
                comment,
                physical,
                logical,
                notes,
                parts,
                snapshots);
    }

    /** The same with the image's identities. */
    public ImageInfo withIdentity(UUID newUuid, UUID newModificationUuid, String newContentId) {
        return new ImageInfo(
                version,
                size,
                blockSize,
                flags,
                capabilities,
                newUuid,
                newModificationUuid,
                newContentId,
                parent,
                comment,
                physical,
                logical,
                notes,
                parts,
                snapshots);
    }

    /** The same with this parent link, or none; the flag {@code DIFF} follows. */
    public ImageInfo withParent(Optional<ParentLink> link) {
        Set<ImageFlag> changed = new java.util.HashSet<>(flags);
        if (link.isPresent()) {
            changed.add(ImageFlag.DIFF);
        } else {
            changed.remove(ImageFlag.DIFF);
        }
        return new ImageInfo(
                version,
                size,
                blockSize,
                changed,
                capabilities,
                uuid,
                modificationUuid,
                contentId,
                link,
                comment,
                physical,
                logical,
                notes,
                parts,
                snapshots);
    }

    /** The same with this comment. */
    public ImageInfo withComment(String text) {
        return new ImageInfo(
                version,
                size,
                blockSize,
                flags,
                capabilities,
                uuid,
                modificationUuid,
                contentId,
                parent,
                text,
                physical,
                logical,
                notes,
                parts,
                snapshots);
    }

    /** The same with these geometries. */
    public ImageInfo withGeometry(Optional<Geometry> newPhysical, Optional<Geometry> newLogical) {
        return new ImageInfo(
                version,
                size,
                blockSize,
                flags,
                capabilities,
                uuid,
                modificationUuid,
                contentId,
                parent,
                comment,
                newPhysical,
                newLogical,
                notes,
                parts,
                snapshots);
    }

    /** The same with these notes. */
    public ImageInfo withNotes(List<String> texts) {
        return new ImageInfo(
                version,
                size,
                blockSize,
                flags,
                capabilities,
                uuid,
                modificationUuid,
                contentId,
                parent,
                comment,
                physical,
                logical,
                texts,
                parts,
                snapshots);
    }

    /** The same with these other files. */
    public ImageInfo withParts(List<String> names) {
        return new ImageInfo(
                version,
                size,
                blockSize,
                flags,
                capabilities,
                uuid,
                modificationUuid,
                contentId,
                parent,
                comment,
                physical,
                logical,
                notes,
                names,
                snapshots);
    }

    /** The same with these snapshots inside. */
    public ImageInfo withSnapshots(List<ImageSnapshot> stored) {
        return new ImageInfo(
                version,
                size,
                blockSize,
                flags,
                capabilities,
                uuid,
                modificationUuid,
                contentId,
                parent,
                comment,
                physical,
                logical,
                notes,
                parts,
                stored);
    }

    /** True if the image is of this kind. */
    public boolean is(ImageFlag flag) {
        return flags.contains(flag);
    }

    /** True if the image can do this. */
    public boolean can(Capability capability) {
        return capabilities.contains(capability);
    }
}
