# SPDX-License-Identifier: LGPL-2.1-or-later
# A virtual machine under QEMU with a kernel of Debian's. The kernel is unpacked into the
# cache, not installed; an initrd loads its modules. In software, so that it runs
# everywhere.
# shellcheck disable=SC2034 # what vm_open sets is for who loads this

# Sets kernel, kernel_version, and machine, a command that wants a kernel and disks; begins
# an initrd of these modules and of those that they need, with busybox.
vm_open() { # WORK ARCHITECTURE MODULE...
	local tools=${BASH_SOURCE[0]%/*}/../tools native package module busybox

	vm_work=$1
	native=$(dpkg --print-architecture)
	# What linux-image-cloud-… stands for today; it has the same name for each architecture.
	package=$(apt-cache depends "linux-image-cloud-$native" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
	[ -n "$package" ] || {
		echo "apt knows no linux-image-cloud-$native" >&2
		return 1
	}
	vm_tree=$("$tools/foreign-tree" "$2" --no-depends "${package%-"$native"}-$2") || return
	busybox=$("$tools/foreign-tree" "$2" --no-depends busybox-static)/bin/busybox || return
	kernel=$(echo "$vm_tree"/boot/vmlinuz-*)
	kernel_version=${kernel##*/vmlinuz-}
	mkdir -p "$1/initrd"/{bin,dev,proc,root}
	cp "$busybox" "$1/initrd/bin/busybox"
	vm_modules=()
	for module in "${@:3}"; do
		vm_add_module "$module"
	done
	# Where a virtual machine lies in another, /dev/kvm may be there and not work; and TCG
	# of QEMU 7.2 crashes on cx16.
	case $2 in
	amd64)
		machine=(qemu-system-x86_64 -cpu "qemu64,-cx16")
		console=ttyS0
		;;
	arm64)
		machine=(qemu-system-aarch64 -machine virt -cpu cortex-a57 -device virtio-keyboard-pci)
		console=ttyAMA0
		;;
	*)
		echo "no virtual machine is known of the architecture $2" >&2
		return 1
		;;
	esac
	machine+=(-accel "tcg,thread=single" -smp 1 -no-reboot -display none -nodefaults
		-kernel "$kernel" -initrd "$1/initrd.gz")
}

# Modules, each after those that it needs.
vm_add_module() { # NAME
	local file needs need

	file=$(find "$vm_tree" -name "${1//_/[_-]}.ko*" -print -quit)
	[ -n "$file" ] || return 0 # built in
	needs=$(modinfo -F depends "$file")
	for need in ${needs//,/ }; do
		vm_add_module "$need"
	done
	[[ " ${vm_modules[*]} " != *" ${file##*/} "* ]] || return 0
	cp "$file" "$vm_work/initrd/"
	vm_modules+=("${file##*/}")
}

# Finishes it: loads the modules, waits for a disk, and goes on with these commands of sh.
vm_initrd() { # DISK COMMANDS
	cat >"$vm_work/initrd/init" <<-EOF
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mount -t devtmpfs dev /dev
		for module in ${vm_modules[*]}; do insmod /\$module; done
		while [ ! -b $1 ]; do sleep 0.1; done
		$2
	EOF
	chmod +x "$vm_work/initrd/init"
	(cd "$vm_work/initrd" && find . | cpio --quiet -o -H newc | gzip -1 >"$vm_work/initrd.gz")
}
