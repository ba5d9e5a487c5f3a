// SPDX-License-Identifier: Apache-2.0
/**
 * A logical unit of an iSCSI target as a disk image. The backend opens, the image maps everything to one storage, the
 * storage turns bytes into SCSI commands. Uses {@code session}, {@code scsi}, {@code login} of this bundle. Threading is
 * that of the API; the only thread is the session's.
 */
package org.platter.backend.iscsi;
